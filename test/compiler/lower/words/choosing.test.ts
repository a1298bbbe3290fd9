import { expect, it } from '@jest/globals';
import { checkFile } from '../../../../src/compiler/compile';
import { disagreements, gradientError, trialOf, valueOf } from '../../../support/word-trial';

/** Two images of one row of six numbers, with equal ones among them. */
const rows = { x: [2, 5, -1, 5, 0, 3, -2, -2, -2, 4, 4, 1] };

it.each<[expression: string, first: number[], second: number[]]>([
  ['where(x > 1, x, 0)', [2, 5, 0, 5, 0, 3], [0, 0, 0, 4, 4, 0]],
  ['where(x > 1 and x < 4, 1, 2 - x)', [1, -3, 3, -3, 2, 1], [4, 4, 4, -2, -2, 1]],
  ['where(x, 1, 7)', [1, 1, 1, 1, 7, 1], [1, 1, 1, 1, 1, 1]],
  ['where(true, x, 0)', rows.x.slice(0, 6), rows.x.slice(6)],
  ['max(x)', [5], [4]],
  ['min(x)', [-1], [-2]],
  ['max(x, 1)', [2, 5, 1, 5, 1, 3], [1, 1, 1, 4, 4, 1]],
  ['min(x, 1)', [1, 1, -1, 1, 0, 1], [-2, -2, -2, 1, 1, 1]],
  ['max(1, x)', [2, 5, 1, 5, 1, 3], [1, 1, 1, 4, 4, 1]],
  ['argmax(x)', [1], [3]],
  ['argmax(-x, keep: true)', [2], [0]],
  ['top_k(x, 3)[0]', [5, 5, 3], [4, 4, 1]],
  ['top_k(x, 3)[1]', [1, 3, 5], [3, 4, 5]],
  ['sort(x)', [-1, 0, 2, 3, 5, 5], [-2, -2, -2, 1, 4, 4]],
  ['sort(x, descending: true)', [5, 5, 3, 2, 0, -1], [4, 4, 1, -2, -2, -2]],
  ['gather(x, 5)', [3], [1]],
  ['gather(x, range(3) * 2)', [2, -1, 0], [-2, -2, 4]],
  ['gather(x, argmax(x, keep: true))', [5], [4]],
  ['gather(x, range(3) * 4 - 2)', [2, -1, 3], [-2, -2, 1]],
  ['gather(2 * range(6), top_k(x, 2)[1])', [2, 6], [6, 8]],
  ['scatter_add(x, range(6) - 2, 3)', [2 + 5 - 1, 5, 3], [-6, 4, 5]],
  ['scatter_add(x, gather(x, range(6)), 4)', [-1, 0, 2, 13], [-6, 1, 0, 8]],
  ['one_hot(argmax(x), 4)', [0, 1, 0, 0], [0, 0, 0, 1]],
  ['one_hot(gather(x, range(2)), 3)', [0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0]],
  ['cumsum(x)', [2, 7, 6, 11, 11, 14], [-2, -4, -6, -2, 2, 3]],
  ['argmax(x) + 0.5', [1.5], [3.5]],
  ['(argmax(x) == 1) * 2', [2], [0]],
])('computes %s', (expression, first, second) => {
  expect([...valueOf(trialOf(expression, { x: [6] }, rows)).data]).toEqual([...first, ...second]);
});

it.each([
  ['where(x > 0.2, x * z, z)', {}],
  ['where(z > 0, x, 1)', {}],
  ['max(x, axis: 1) + min(x, axis: 1)', {}],
  ['max(x, axis: 0, keep: true) * x', {}],
  ['max(x, z) - min(x, 2 * z)', {}],
  ['top_k(x, 2, axis: 1)[0]', {}],
  ['sum(one_hot(top_k(x, 2)[1], 5) * rearrange(top_k(x, 2)[0], "a b k -> a b k 1"), axis: 2)', {}],
  ['sort(x, axis: 0) * sort(x, descending: true)', {}],
  ['gather(x, top_k(z, 3)[1])', {}],
  ['gather(x, top_k(z, 2)[1], axis: 0)', { z: [4] }],
  ['gather(x, argmax(x, keep: true))', {}],
  ['gather(x, range(6) - 1, axis: 1)', {}],
  ['gather(x, 1, axis: 0)', {}],
  ['gather(param([7, 5], init: normal(1)) @table, top_k(z, 3)[1], axis: 0) * gather(x, range(3), axis: 1)', {}],
  ['gather(param([4, 3, 5], init: normal(1)) @table, argmax(x, keep: true)) + x', {}],
  ['scatter_add(x, top_k(x, 5)[1], 5)', {}],
  ['scatter_add(x * z, top_k(z, 3)[1], 6, axis: 1)', {}],
  ['scatter_add(x, argmax(z) + range(4), 9, axis: 0)', {}],
  ['scatter_add(param([3, 2], init: normal(1)) @w, top_k(z, 3)[1], 5, axis: 0)', {}],
  ['scatter_add(param([3, 2], init: normal(1)) @w, range(2), 4) + sum(z)', {}],
  ['cumsum(x, axis: 0) * cumsum(x)', {}],
  ['x * argmax(x, axis: 0) + (x > z)', {}],
])('%s has its gradient, and is the same on every backend', async (expression, shapes) => {
  const trial = trialOf(expression, { x: [4, 3, 5], z: [5], ...shapes });
  // Of products of two or three numbers below 4; the sums that they are in have up to 120 terms.
  expect(gradientError(trial)).toBeLessThan(1e-7);
  expect(await disagreements(trial)).toEqual([]);
});

it.each([
  ['where(x > 0, x, z)', 'a tensor [4, 6] beside a tensor [4] does not work'],
  ['max(x, z)', 'a tensor [4, 6] max a tensor [4] does not work'],
  ['max(3)', '`a` of max should be a tensor where there is no `b`'],
  ['max(x, 2, axis: 0)', '`axis` of max should be left out beside `b`'],
  ['min(x, axis: 2)', 'Axis 2 does not exist in [4, 6]'],
  ['top_k(x, 7)', '`count` of top_k should be at most the size of the axis, 6'],
  ['top_k(x, z)', '`count` of top_k'],
  ['argmax(3)', 'Axis -1 does not exist in []'],
  ['gather(x, stack(x, x))', '`indices` of gather should have shape [k] or [4, k], but this has [4, 6, 2]'],
  ['gather(x, range(4) > 1, axis: 3)', 'Axis 3 does not exist'],
  ['gather(x, 1.5)', '`indices` of gather must be a whole number'],
  ['gather(x, "a")', '`indices` of gather should be whole numbers'],
  ['scatter_add(x, range(5), 4)', '`indices` of scatter_add should have shape [6], but this has [5]'],
  ['scatter_add(x, stack(z, z), 4)', '`indices` of scatter_add should have shape [4, 6], but this has [4, 2]'],
  ['scatter_add(x, range(6), z)', '`size` of scatter_add'],
  ['one_hot(x, z)', '`size` of one_hot'],
  ['cumsum(sum(z))', 'Axis -1 does not exist in []'],
])('says what is wrong with %s', (expression, message) => {
  const text = `model M() {\n  input x: [4, 6]\n  input z: [4]\n  output y: [...] = ${expression}\n}\n`;
  const { diagnostics } = checkFile('m.weft', () => text, { elaborateModels: false }).elaborate('M', {});
  expect(diagnostics[0]?.message ?? 'nothing').toContain(message);
});
