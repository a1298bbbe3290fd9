/**
 * The encoder `vocabulary`: the number of every word of the captions. The model learns the meaning of words: it looks their numbers up
 * in a table that is trained with it.
 */
import { counted } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { EncoderFile, PromptEncoder } from './encoder';
import { wordsOf, wordTokens } from './words';

/** Every word that occurs in texts, in alphabetical order. */
export function wordsIn(texts: readonly string[]): string[] {
  return [...new Set(texts.flatMap(wordsOf))].sort();
}

/** The words in the order of their numbers: the beginning, the words of the prefix, then `words`. */
export function numberedWords(words: readonly string[], prefix: string): readonly string[] {
  return [...new Set(['', ...wordsOf(prefix), ...words])];
}

/**
 * Number 0 begins every text, so that the empty prompt has a token too, and pads shorter texts. After it come the words of
 * the prefix, then `words`, in their order. Other words have no number and are left out. A model has rows for `room` numbers.
 */
export function vocabularyEncoder(words: readonly string[], prefix: string, room: number): PromptEncoder {
  const known = numberedWords(words, prefix);
  if (known.length > room) {
    throw new WeftError(
      `The captions have ${counted(known.length - 1, 'word')}, for which a table of ${counted(known.length, 'row')} is needed, but the model's has ${room}.`,
      `Build the model with vocabulary: ${known.length}.`,
    );
  }
  const numbers = new Map(known.map((word, i) => [word, i]));
  return {
    facts: { encoder: 'vocabulary', version: 1, words: known },
    width: 1,
    encode: async (texts, longest) => {
      const all = texts.map((text) => [0, ...wordsOf(text).flatMap((word) => numbers.get(word) ?? [])]);
      const kept = all.map((tokens) => tokens.slice(0, longest));
      const counts = Int32Array.from(kept, (tokens) => tokens.length);
      const cut = all.filter((tokens) => tokens.length > longest).length;
      return { counts, features: Float32Array.from(kept.flat()), width: 1, cut };
    },
    close: async () => {},
  };
}

export const encoder: EncoderFile = {
  width: 'any',
  open: ({ words, prefix }, { vocabulary = Infinity }) => {
    if (words) return vocabularyEncoder(words, prefix, vocabulary);
    throw new WeftError(
      'The encoder vocabulary numbers the words of the captions a model was trained on, and these are not known here.',
      'Name the run that has them: weft sample --run FOLDER.',
    );
  },
  // Every word of the captions has a number.
  counter: () => (text) => wordTokens(text).length,
};
