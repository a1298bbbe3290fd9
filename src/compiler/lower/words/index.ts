/** Every word of the language, found by its export. */
// Tested by test/docs/reference.test.ts.
import * as attention from './attention';
import * as casting from './cast';
import * as choosing from './choosing';
import * as convolution from './convolution';
import * as factors from './factors';
import * as inTraining from './in-training';
import * as layers from './layers';
import * as levels from './levels';
import * as lookup from './lookup';
import * as movement from './movement';
import * as spectra from './spectra';
import * as statics from './statics';
import type { ConstantWord } from './statics';
import type { Word } from './word';

/** The families of words, by their titles in the reference. */
export const families: { readonly [title: string]: { readonly [name: string]: unknown } } = {
  'Numbers and elements': statics,
  'Moving and joining': movement,
  Layers: layers,
  'Attention and sums': attention,
  'Factors of matrices': factors,
  'Kinds of elements': casting,
  Choosing: choosing,
  'Looking up': lookup,
  Convolutions: convolution,
  'Levels of pictures': levels,
  Spectra: spectra,
  'Only in training': inTraining,
};

export const words: ReadonlyMap<string, Word> = new Map(
  Object.values(families).flatMap((family) =>
    Object.entries(family).filter((entry): entry is [string, Word] => isWord(entry[1])),
  ),
);

/** Whether an export is a word; the files of words also export shared helpers. */
function isWord(value: unknown): value is Word {
  return typeof value === 'object' && value !== null && 'apply' in value && 'signature' in value;
}

export function isConstantWord(w: Word): w is ConstantWord {
  return 'constant' in w;
}
