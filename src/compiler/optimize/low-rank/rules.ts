/** Rewrites each kind of op with at most `limit` axes; `limit` is at least four. */
// Tested by test/compiler/optimize/low-rank.test.ts.
import { staticShape, staticSize, type Shape } from '../../ir/dims';
import type { Value } from '../../ir/graph';
import { asShape } from '../../ops/broadcasting';
import { apply, attrsOf, is, rebuild } from '../../ops/define';
import { gather, oneHot, scatterAdd } from '../../ops/indexing';
import { matmul } from '../../ops/linalg';
import { concat, pad, slice, transpose } from '../../ops/movement';
import { reduceMax, reduceMean, reduceSum } from '../../ops/reduction';
import { broadcastShapes } from '../../ops/shapes';
import { merged, repeated } from './broadcasting';
import type { AxesKind } from '../../ops/traits';

type Rule = (v: Value, limit: number) => Value;

export function ruleOf(kind: Exclude<AxesKind, 'composite'>): Rule {
  return rules[kind];
}

const rules: { readonly [K in Exclude<AxesKind, 'composite'>]: Rule } = {
  elementwise: (v, limit) => {
    const shape = staticShape(v.shape);
    const [result, ...operands] = merged(shape, v.inputs);
    if (result.length <= limit) return onShapes(v, operands, shape);
    return onShapes(
      v,
      v.inputs.map(() => [staticSize(shape)]),
      shape,
      v.inputs.map((x) => repeated(x, shape, limit)),
    );
  },
  broadcast: (v, limit) => repeated(v.inputs[0], staticShape(v.shape), limit),
  transpose: (v, limit) => transposed(v.inputs[0], attrsOf(v, transpose).perm, limit),
  box: (v) => (is(v, slice) ? sliced(v, v.attrs.start) : padded(v)),
  join: (v) => {
    const { axis } = attrsOf(v, concat);
    const parts = v.inputs.map((x) => asShape(x, around(staticShape(x.shape), axis)));
    return asShape(concat(parts, { axis: 1 }), v.shape);
  },
  reduction: reduced,
  row: (v) => {
    const [x, ...weights] = v.inputs;
    const shape = staticShape(x.shape);
    const rows = asShape(x, [staticSize(shape.slice(0, -1)), shape[shape.length - 1]]);
    return asShape(rebuild(v, [rows, ...weights]), v.shape);
  },
  pair: (v) => {
    const [x, ...angles] = v.inputs;
    const shape = staticShape(x.shape);
    return asShape(rebuild(v, [asShape(x, [staticSize(shape.slice(0, -2)), ...shape.slice(-2)]), ...angles]), shape);
  },
  product: (v, limit) => {
    const [a, b] = v.inputs;
    const batch = staticShape(broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2)));
    const flat = [a, b].map((x) => {
      const own = staticShape(x.shape.slice(-2));
      return asShape(repeated(x, [...batch, ...own], limit), [staticSize(batch), ...own]);
    });
    return asShape(matmul(flat[0], flat[1], attrsOf(v, matmul)), v.shape);
  },
  table: (v) => {
    if (is(v, gather)) {
      const [table, indices] = v.inputs;
      return asShape(gather(asRows(table), flat(indices)), v.shape);
    }
    if (is(v, oneHot)) return asShape(rebuild(v, [flat(v.inputs[0])]), v.shape);
    const [indices, updates] = v.inputs;
    const count = staticSize(staticShape(indices.shape));
    const width = staticSize(staticShape(v.shape.slice(1)));
    const rows = asShape(updates, [count, width]);
    return asShape(scatterAdd(flat(indices), rows, { rows: v.shape[0] }), v.shape);
  },
};

/** The op on its operands reshaped to `shapes`, with its result reshaped to `shape`. */
function onShapes(
  v: Value,
  shapes: readonly (readonly number[])[],
  shape: readonly number[],
  inputs: readonly Value[] = v.inputs,
): Value {
  return asShape(
    rebuild(
      v,
      inputs.map((x, i) => asShape(x, shapes[i])),
    ),
    shape,
  );
}

/** `[before, axis, after]`: the axes on each side of `axis` merged into one. */
function around(shape: readonly number[], axis: number): [number, number, number] {
  return [staticSize(shape.slice(0, axis)), shape[axis], staticSize(shape.slice(axis + 1))];
}

/** Axes that stay neighbours move as one; if more than `limit` are left, they are moved one at a time. */
function transposed(x: Value, perm: readonly number[], limit: number): Value {
  const shape = staticShape(x.shape);
  const target = perm.map((axis) => shape[axis]);
  const runs: number[][] = [];
  for (const axis of perm) {
    if (shape[axis] === 1) continue;
    const last = runs.at(-1);
    const between = last ? shape.slice(last[last.length - 1] + 1, axis) : [];
    if (last && axis > last[last.length - 1] && between.every((d) => d === 1)) last.push(axis);
    else runs.push([axis]);
  }
  const order = runs.toSorted((a, b) => a[0] - b[0]);
  const sizes = order.map((run) => run.reduce((n, axis) => n * shape[axis], 1));
  const moves = runs.map((run) => order.indexOf(run));
  if (runs.length < 2) return asShape(x, target);
  const flat = asShape(x, sizes);
  return asShape(runs.length <= limit ? transpose(flat, { perm: moves }) : moved(flat, moves), target);
}

/** Moves each axis in turn in front of those that are not placed yet. */
function moved(x: Value, perm: readonly number[]): Value {
  const shape = staticShape(x.shape);
  let left = shape.map((_, i) => i);
  let y = x;
  for (const [placed, axis] of perm.entries()) {
    const at = left.indexOf(axis);
    const size = (axes: readonly number[]): number => axes.reduce((n, i) => n * shape[i], 1);
    const done = size(perm.slice(0, placed));
    const parts = [done, size(left.slice(0, at)), shape[axis], size(left.slice(at + 1))];
    if (at > 0) y = transpose(asShape(y, parts), { perm: [0, 2, 1, 3] });
    left = left.toSpliced(at, 1);
  }
  return y;
}

/** Slices one axis at a time, those that shrink first. */
function sliced(v: Value, start: Shape): Value {
  const size = staticShape(v.shape);
  let y = v.inputs[0];
  for (const [axis, count] of size.entries()) {
    const shape = staticShape(y.shape);
    if (shape[axis] === count) continue;
    const [before, , after] = around(shape, axis);
    const part = slice(asShape(y, around(shape, axis)), { start: [0, start[axis], 0], size: [before, count, after] });
    y = asShape(part, shape.with(axis, count));
  }
  return y;
}

function padded(v: Value): Value {
  const { before, after } = attrsOf(v, pad);
  let y = v.inputs[0];
  for (const [axis, whole] of staticShape(v.shape).entries()) {
    const shape = staticShape(y.shape);
    if (shape[axis] === whole) continue;
    const sides = { before: [0, before[axis], 0], after: [0, after[axis], 0] };
    y = asShape(pad(asShape(y, around(shape, axis)), sides), shape.with(axis, whole));
  }
  return y;
}

/** Folds neighbouring axes at once; the mean of means over equal counts is the mean. */
function reduced(v: Value): Value {
  const { axes } = attrsOf(v, reduceSum, reduceMean, reduceMax);
  let y = v.inputs[0];
  for (let axis = y.shape.length - 1; axis >= 0; axis--) {
    if (!axes.includes(axis)) continue;
    let first = axis;
    while (first > 0 && axes.includes(first - 1)) first--;
    const shape = staticShape(y.shape);
    const [lead, run, rest] = [shape.slice(0, first), shape.slice(first, axis + 1), shape.slice(axis + 1)];
    const box = asShape(y, [staticSize(lead), staticSize(run), staticSize(rest)]);
    y = asShape(apply(v.op!, [box], { axes: [1] }, v.scope), [...lead, ...run.map(() => 1), ...rest]);
    axis = first;
  }
  return asShape(y, v.shape);
}

function flat(x: Value): Value {
  return asShape(x, [staticSize(staticShape(x.shape))]);
}

function asRows(table: Value): Value {
  const shape = staticShape(table.shape);
  return asShape(table, [shape[0], staticSize(shape.slice(1))]);
}
