/** Pooling: one number for each window of an image, computed along one axis after the other. */
// Tested by test/compiler/lower/words/convolution.test.ts.
import { addDims, constantTerm, dimsEqual, divDims, mulDims, subDims, type Dim } from '../ir/dims';
import { scalar, type Value } from '../ir/graph';
import { asShape } from '../ops/broadcasting';
import { add, maximum, mul } from '../ops/elementwise';
import { broadcastTo, concat, pad, slice } from '../ops/movement';
import { reduceMax, reduceMean } from '../ops/reduction';
import { largestFloat } from '../ops/numerics';

export type PoolKind = 'average' | 'largest';

export interface Pool {
  readonly kind: PoolKind;
  /** Side of a window in pixels. */
  readonly size: number;
  readonly stride: number;
  /** Rows and columns added on each side of the image, at most half of a window. */
  readonly padding: number;
}

/** Pools the last two axes; null if the number of windows along an open side is not known. */
export function pooled(x: Value, pool: Pool): Value | null {
  const rank = x.shape.length;
  const rows = along(x, rank - 2, pool);
  return rows && along(rows, rank - 1, pool);
}

function along(x: Value, axis: number, pool: Pool): Value | null {
  const { size, stride } = pool;
  const whole = edged(x, axis, pool);
  const side = whole.shape[axis];
  const known = constantTerm(side);
  const strides = divDims(subDims(side, known), stride);
  if (strides === null) return null;
  const count = addDims(strides, Math.floor((known - size) / stride) + 1);
  return stride === size
    ? ofParts(cut(whole, axis, 0, mulDims(count, size)), axis, count, pool)
    : ofWindows(whole, axis, count, pool);
}

/** The axis with `padding` places added at both ends: zeros for means, the lowest finite float for maxima, so that it never wins. */
function edged(x: Value, axis: number, { kind, padding }: Pool): Value {
  if (padding === 0) return x;
  const edge = broadcastTo(scalar(kind === 'average' ? 0 : -largestFloat, x.dtype), {
    shape: x.shape.with(axis, padding),
  });
  return concat([edge, x, edge], { axis });
}

/** For windows that do not overlap: a reshape gives each window its own axis. */
function ofParts(x: Value, axis: number, count: Dim, { kind, size }: Pool): Value {
  const parted = asShape(x, x.shape.toSpliced(axis, 1, count, size));
  return (kind === 'average' ? reduceMean : reduceMax)(parted, { axes: [axis + 1] });
}

/** For windows that overlap: combines the first numbers of all windows, the second numbers, and so on. */
function ofWindows(x: Value, axis: number, count: Dim, { kind, size, stride }: Pool): Value {
  const spare = Math.max(0, constantTerm(subDims(addDims(mulDims(count, stride), size - 1), x.shape[axis])));
  const none = x.shape.map(() => 0);
  // Padded at the end to whole strides. Only the first number of each stride is used, and it is never a padded one.
  const whole = spare > 0 ? pad(x, { before: none, after: none.with(axis, spare) }) : x;
  const nth = (from: number): Value => {
    const strides = asShape(cut(whole, axis, from, mulDims(count, stride)), x.shape.toSpliced(axis, 1, count, stride));
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

function cut(x: Value, axis: number, from: number, count: Dim): Value {
  if (dimsEqual(x.shape[axis], count)) return x;
  return slice(x, { start: x.shape.map((_, i) => (i === axis ? from : 0)), size: x.shape.with(axis, count) });
}
