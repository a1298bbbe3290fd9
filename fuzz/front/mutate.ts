/** Random changes to the text of a spec: by byte, by token, and by the pieces its grammar is made of. */
import { tokenize } from '../../src/compiler/syntax/tokenize';
import { Source } from '../../src/compiler/source';
import type { Random } from '../random';

/** Pieces of specs to put in others' places. */
export interface Pool {
  readonly tokens: readonly string[];
  /** Parts between balanced brackets, arguments and whole statements. */
  readonly phrases: readonly string[];
}

/** Numbers at the edges of what types hold, and words that stand in many places. */
const edges = [
  ...['0', '1', '-1', '2', '3', '7', '64', '400k', '1e9', '1e400', '0.5', '1e-9', '9007199254740993', '10000000'],
  ...['0x0', '1x1', '8x7', '100000x100000', '2:1', '0:1', 'true', 'false', 'none', '""', '[]', '()', '{}', 'x'],
];

export function poolOf(texts: readonly string[]): Pool {
  const tokens = texts.flatMap((text) => wordsOf(text));
  return { tokens: [...new Set([...tokens, ...edges])], phrases: texts.flatMap(phrasesOf) };
}

/** The text with one to four changes; with one alone most often, so that some stay sound. */
export function mutate(text: string, pool: Pool, random: Random): string {
  let changed = text;
  for (let left = random.chance(0.5) ? 1 : 1 + random.below(4); left > 0; left--)
    changed = random.pick(changes)(changed, pool, random);
  return changed;
}

type Change = (text: string, pool: Pool, random: Random) => string;

const byByte: Change = (text, _, random) => {
  const at = random.below(text.length + 1);
  const until = Math.min(text.length, at + random.below(random.chance(0.2) ? 400 : 4));
  const bytes = Array.from({ length: random.below(4) }, () => String.fromCharCode(random.below(128)));
  return text.slice(0, at) + (random.chance(0.5) ? bytes.join('') : '') + text.slice(until);
};

const repeated: Change = (text, _, random) => {
  const at = random.below(text.length + 1);
  const piece = text.slice(at, at + 1 + random.below(40));
  return text.slice(0, at) + piece.repeat(1 + random.below(random.chance(0.1) ? 300 : 4)) + text.slice(at);
};

const byToken: Change = (text, pool, random) =>
  replaceSpan(text, tokenSpans(text), random, () =>
    random.chance(0.3) ? random.pick(edges) : random.pick(pool.tokens),
  );

const withoutToken: Change = (text, _, random) => replaceSpan(text, tokenSpans(text), random, () => '');

const swapped: Change = (text, _, random) => {
  const spans = tokenSpans(text);
  const other = spans[random.below(Math.max(1, spans.length))];
  return replaceSpan(text, spans, random, () => (other ? text.slice(other.start, other.end) : ''));
};

const byNumber: Change = (text, _, random) => {
  const numbers = tokenSpans(text).filter(({ start }) => /\d/.test(text[start]));
  return replaceSpan(text, numbers, random, () => random.pick(edges));
};

const byPhrase: Change = (text, pool, random) =>
  replaceSpan(text, phraseSpans(text), random, () => random.pick(pool.phrases));

const withPhrase: Change = (text, pool, random) => {
  const at = random.pick([0, ...tokenSpans(text).map((s) => s.end)]);
  return `${text.slice(0, at)} ${random.pick(pool.phrases)} ${text.slice(at)}`;
};

const changes: readonly Change[] = [
  ...[byByte, repeated, byToken, byToken, withoutToken, swapped],
  ...[byNumber, byNumber, byPhrase, byPhrase, byPhrase, withPhrase],
];

interface Range {
  readonly start: number;
  readonly end: number;
}

function replaceSpan(text: string, spans: readonly Range[], random: Random, by: () => string): string {
  if (spans.length === 0) return text + by();
  const { start, end } = random.pick(spans);
  return text.slice(0, start) + by() + text.slice(end);
}

function tokenSpans(text: string): Range[] {
  const { tokens } = tokenize(new Source('', text));
  return tokens.map((t) => ({ start: t.startOffset, end: (t.endOffset ?? t.startOffset) + 1 }));
}

function wordsOf(text: string): string[] {
  return tokenSpans(text).map(({ start, end }) => text.slice(start, end));
}

function phrasesOf(text: string): string[] {
  return phraseSpans(text).map(({ start, end }) => text.slice(start, end));
}

/** Whole lines, and what stands between the commas and brackets of one. */
function phraseSpans(text: string): Range[] {
  const lines = [...text.matchAll(/^[ \t]*(\S.*)$/gm)].map((m) => ({ start: m.index, end: m.index + m[0].length }));
  const parts = [...text.matchAll(/[\w"][^,()\n{}]*(?:\([^()\n]*\)[^,()\n{}]*)*/g)];
  return [...lines, ...parts.map((m) => ({ start: m.index, end: m.index + m[0].length }))];
}
