/** Broadcasting written with ops, for gradient rules. */
// Tested by test/ops/conformance.test.ts.
import { mulDims, shapesEqual, type Dim, type Shape } from '../ir/dims';
import type { Value } from '../ir/graph';
import { dimension } from './creation';
import { div, mul } from './elementwise';
import { broadcastTo, reshape } from './movement';

/** Repeats a reduced value along `axes` of `shape` again, whether the reduction kept those axes or dropped them. */
export function rebroadcast(reduced: Value, axes: readonly number[], shape: Shape): Value {
  return broadcastTo(asShape(reduced, keptShape(shape, axes)), { shape });
}

/** `shape` with size 1 for the axes that a reduction folds. */
export function keptShape(shape: Shape, axes: readonly number[]): Dim[] {
  return shape.map((d, i) => (axes.includes(i) ? 1 : d));
}

/** A reshape, unless x already has the shape. */
export function asShape(x: Value, shape: Shape): Value {
  return shapesEqual(x.shape, shape) ? x : reshape(x, { shape });
}

/** x divided by the number of elements along `axes` of `shape`, which may be symbolic. */
export function divideByCount(x: Value, axes: readonly number[], shape: Shape): Value {
  const count = axes.reduce<Dim>((n, axis) => mulDims(n, shape[axis]), 1);
  return typeof count === 'number' ? mul(x, 1 / count) : div(x, dimension({ size: count, dtype: x.dtype }));
}
