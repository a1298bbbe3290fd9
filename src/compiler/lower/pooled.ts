/** Pools: one number of each window of an image, along one axis after the other. */
// Tested by test/compiler/lower/words/convolution.test.ts.
import { divDims, type Dim } from '../ir/dims';
import type { Value } from '../ir/graph';
import { asShape } from '../ops/broadcasting';
import { add, maximum, mul } from '../ops/elementwise';
import { pad, slice } from '../ops/movement';
import { reduceMax, reduceMean } from '../ops/reduction';

export type PoolKind = 'average' | 'largest';

export interface Pool {
  readonly kind: PoolKind;
  /** Side of a window. */
  readonly size: number;
  readonly stride: number;
}

/** Pools the last two axes; null where windows overlap or leave a rest on a side that is not known. */
export function pooled(x: Value, pool: Pool): Value | null {
  const rank = x.shape.length;
  const rows = along(x, rank - 2, pool);
  return rows && along(rows, rank - 1, pool);
}

function along(x: Value, axis: number, pool: Pool): Value | null {
  const { size, stride } = pool;
  const side = x.shape[axis];
  const parts = divDims(side, size);
  if (stride === size && parts !== null) return ofParts(x, axis, parts, pool);
  if (typeof side !== 'number') return null;
  const count = Math.floor((side - size) / stride) + 1;
  return stride === size ? ofParts(cut(x, axis, 0, count * size), axis, count, pool) : ofWindows(x, axis, count, pool);
}

/** Windows side by side are an axis of their own. */
function ofParts(x: Value, axis: number, count: Dim, { kind, size }: Pool): Value {
  const parted = asShape(x, x.shape.toSpliced(axis, 1, count, size));
  return (kind === 'average' ? reduceMean : reduceMax)(parted, { axes: [axis + 1] });
}

/** The first numbers of all windows, the second ones and so on, taken together. */
function ofWindows(x: Value, axis: number, count: number, { kind, size, stride }: Pool): Value {
  const spare = Math.max(0, size - 1 + count * stride - Number(x.shape[axis]));
  const none = x.shape.map(() => 0);
  // Rows of a whole number of strides; what is put behind is the first number of no stride.
  const whole = spare > 0 ? pad(x, { before: none, after: none.with(axis, spare) }) : x;
  const nth = (from: number): Value => {
    const strides = asShape(cut(whole, axis, from, count * stride), x.shape.toSpliced(axis, 1, count, stride));
    return asShape(cut(strides, axis + 1, 0, 1), x.shape.with(axis, count));
  };
  const all = Array.from({ length: size }, (_, i) => nth(i));
  return kind === 'average'
    ? mul(
        all.reduce((a, b) => add(a, b)),
        1 / size,
      )
    : all.reduce((a, b) => maximum(a, b));
}

function cut(x: Value, axis: number, from: number, count: number): Value {
  if (x.shape[axis] === count) return x;
  return slice(x, { start: x.shape.map((_, i) => (i === axis ? from : 0)), size: x.shape.with(axis, count) });
}
