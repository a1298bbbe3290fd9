/** Every word of the language, found by its export. */
// Tested by test/docs/reference.test.ts.
import * as attention from './attention';
import * as choosing from './choosing';
import * as convolution from './convolution';
import * as inTraining from './in-training';
import * as layers from './layers';
import * as lookup from './lookup';
import * as movement from './movement';
import * as spectra from './spectra';
import * as statics from './statics';
import type { ConstantWord } from './statics';
import type { Word } from './word';

const { shapeArgument: _shape, elements: _elements, ...movementWords } = movement;

export const words: ReadonlyMap<string, Word> = new Map<string, Word>(
  Object.entries({
    ...statics,
    ...movementWords,
    ...layers,
    ...attention,
    ...lookup,
    ...choosing,
    ...inTraining,
    ...convolution,
    ...spectra,
  }),
);

export function isConstantWord(w: Word): w is ConstantWord {
  return 'constant' in w;
}
