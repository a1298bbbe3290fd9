/** Rules of reductions: sums over axes of size 1, and consecutive sums. */
// Tested by test/compiler/optimize/rules/rules.test.ts.
import { type Shape, staticDim } from '../../ir/dims';
import type { Value } from '../../ir/graph';
import { mul } from '../../ops/elementwise';
import { broadcastTo, reshape } from '../../ops/movement';
import { reduceMax, reduceMean, reduceSum, type ReduceAttrs } from '../../ops/reduction';
import { rewrite, type Rewrite } from '../rewrite';

/** Axes of size 1 need no folding. */
export const reduceUnitAxes: readonly Rewrite[] = [reduceSum, reduceMean, reduceMax].map((op) =>
  rewrite<{ axes: readonly number[] }>(`${op.opName}-of-unit-axes`, 'Folding axes of size 1 is a reshape.', {
    match: ({ x }, { axes }) => op(x, { axes }),
    when: ({ x }, { axes }) => axes.every((axis) => x.shape[axis] === 1) || 'an axis is longer than 1',
    replace: ({ x }, _, { shape }) => reshape(x, { shape }),
  }),
);

/** The gradient of one broadcast after another sums in two steps. */
export const sumSum = rewrite<{
  inner: readonly number[];
  outer: readonly number[];
  keep: boolean;
  keepInner: boolean;
}>('sum-sum', 'A sum over some axes and then over others is one sum.', {
  match: ({ x }, { inner, outer, keep, keepInner }) =>
    reduceSum(reduceSum(x, { axes: inner, keepDims: keepInner }), { axes: outer, keepDims: keep }),
  when: (_, { keep = false, keepInner = false }) => keep === keepInner || 'one keeps its axes and the other does not',
  replace: ({ x }, { inner, outer, keep = false }) =>
    reduceSum(x, { axes: joined(x, inner, outer, keep), keepDims: keep }),
});

/** Occurs in the gradient of a scale that was broadcast over a mean: a sum of equal elements becomes a product. */
export const sumOfBroadcast = rewrite<{ shape: Shape } & ReduceAttrs>(
  'sum-of-broadcast',
  'A sum over axes that were only repeated is a product with their size.',
  {
    match: ({ x }, { shape, axes, keepDims }) => reduceSum(broadcastTo(x, { shape }), { axes, keepDims }),
    when: ({ x }, { shape, axes }) =>
      (x.shape.length === shape.length &&
        axes.every((axis) => x.shape[axis] === 1 && typeof shape[axis] === 'number') &&
        x.shape.every((d, i) => axes.includes(i) || d !== 1 || shape[i] === 1)) ||
      'another axis is repeated too, or the size is not known',
    replace: ({ x }, { shape, axes }, result) => {
      const count = axes.reduce((n, axis) => n * staticDim(shape[axis]), 1);
      return reshape(mul(x, count), { shape: result.shape });
    },
  },
);

function joined(x: Value, inner: readonly number[], outer: readonly number[], keep: boolean): number[] {
  const kept = x.shape.flatMap((_, axis) => (inner.includes(axis) ? [] : [axis]));
  const rest = keep ? outer.filter((axis) => !inner.includes(axis)) : outer.map((axis) => kept[axis]);
  return [...inner, ...rest].sort((a, b) => a - b);
}
