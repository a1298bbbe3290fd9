import { expect, it } from '@jest/globals';
import { evaluationsOf } from '../../../src/compiler/programs/evaluations';
import type { Walk } from '../../../src/compiler/programs/sample';
import { tinyModel } from '../../support/tiny-model';
import { settingsOf } from '../../support/walk';

const model = tinyModel();
const plain: Walk = { solver: 'euler', steps: 10, shift: 1, guidance: null };

it.each([
  ['euler', plain, 10],
  ['heun', { ...plain, solver: 'heun' }, 10],
  // The last step is one of Euler's.
  ['heun_exact', { ...plain, solver: 'heun_exact' }, 19],
  ['guidance everywhere, strictly after time 0', { ...plain, guidance: { scale: 3, from: 0, to: 1 } }, 19],
  // Times 0, 0.1 … 0.9, of which 0.3 to 0.6 are inside.
  ['guidance in an interval', { ...plain, guidance: { scale: 3, from: 0.25, to: 0.65 } }, 14],
  ['guidance that scales by 1', { ...plain, guidance: { scale: 1, from: 0, to: 1 } }, 10],
] as const)('counts the evaluations of %s', (_, walk, count) => {
  expect(evaluationsOf(model, walk)).toBe(count);
});

it('counts those of a solver and a guidance of the language as those of the built-in ones', () => {
  const written = settingsOf({ solver: 'euler(steps: 10)', guidance: 'cfg(3, from: 0.25, to: 0.65)' });
  expect(evaluationsOf(model, written)).toBe(14);
  expect(evaluationsOf(model, settingsOf({ solver: 'heun_exact(steps: 10)' }))).toBe(19);
});
