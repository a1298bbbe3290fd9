/**
 * The encoder `words`: a fixed random vector for every word, drawn from the word's hash. It has no meaning and needs
 * no vocabulary; the model that reads the words learns their meaning from its captions.
 */
import { createHash } from 'node:crypto';
import { suggest } from '../compiler/diagnostics/suggest';
import { normalDraws } from '../compiler/ops/philox';
import type { EncoderFile, PromptEncoder } from './encoder';

/** The words of a text: in lower case, without signs. */
export function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  );
}

/**
 * The vector of a word: normal numbers by Philox with the word's hash as key, scaled to a mean square of one, so that
 * all vectors have the same length and are almost at right angles.
 */
export function wordVector(word: string, width: number): Float32Array {
  const hash = createHash('sha256').update(word).digest();
  const draws = normalDraws([hash.readInt32LE(0), hash.readInt32LE(4)], 0, width);
  const scale = 1 / Math.sqrt(draws.reduce((sum, x) => sum + x * x, 0) / width);
  return Float32Array.from(draws, (x) => x * scale);
}

/** The words of texts that are not in `known`, each with known words of similar spelling; `prefix` is not counted. */
export function unknownWords(texts: readonly string[], prefix: string, known: readonly string[]): string[] {
  const learned = new Set([...known, ...wordsOf(prefix)]);
  const unknown = new Set(texts.flatMap(wordsOf).filter((word) => !learned.has(word)));
  return [...unknown].map((word) => {
    const near = suggest(word, known);
    return near.length > 0 ? `${word} (did you mean ${near.join(' or ')}?)` : word;
  });
}

/** Every text begins with the token of the empty word, so that the empty prompt has one too. */
export function wordTokens(text: string): string[] {
  return ['', ...wordsOf(text)];
}

/** See `wordTokens`. */
export function wordEncoder(width: number): PromptEncoder {
  const known = new Map<string, Float32Array>();
  const vectorOf = (word: string): Float32Array => {
    let vector = known.get(word);
    if (!vector) known.set(word, (vector = wordVector(word, width)));
    return vector;
  };
  return {
    facts: { encoder: 'words', version: 1, width },
    width,
    encode: async (texts, longest) => {
      const all = texts.map(wordTokens);
      const kept = all.map((words) => words.slice(0, longest));
      const counts = Int32Array.from(kept, (words) => words.length);
      const features = new Float32Array(counts.reduce((a, b) => a + b, 0) * width);
      kept.flat().forEach((word, i) => features.set(vectorOf(word), i * width));
      return { counts, features, width, cut: all.filter((words) => words.length > longest).length };
    },
    close: async () => {},
  };
}

export const encoder: EncoderFile = {
  width: 'any',
  open: (_, { width }) => wordEncoder(width),
  counter: () => (text) => wordTokens(text).length,
};
