/** Sums over leading axes for XLA on CPU: its own code adds one number at a time, and takes many times as long as its matrix product. */
import { staticSize } from '../../compiler/ir/dims';
import type { GraphDefTensor } from '../../compiler/ops/targets';
import type { GraphDefWriter } from './graph-def';

/** Sums of fewer elements are not worth a matrix product. */
const fewestElements = 4096;

/**
 * The sum over all axes before the last ones as a product with ones, in the result's `shape`; null for another sum or a
 * small one. There are two rows of ones, although one sum is wanted: XLA would fuse the computation of `x` into the product
 * of a single row, element by element, which is slower still.
 */
export function xlaSum(
  g: GraphDefWriter,
  x: GraphDefTensor,
  axes: readonly number[],
  shape: readonly number[],
): GraphDefTensor | null {
  const isLeading = axes.length < x.shape.length && axes.every((axis) => axis < axes.length);
  if (g.compiled !== 'cpu' || x.dtype !== 'f32' || !isLeading) return null;
  const [rows, columns] = [staticSize(x.shape.slice(0, axes.length)), staticSize(x.shape.slice(axes.length))];
  if (rows < 32 || columns < 8 || rows * columns < fewestElements) return null;
  const matrix = g.node('Reshape', [x, g.int32s([rows, columns])], {}, { shape: [rows, columns] });
  const one = g.constant({ shape: [], data: Float64Array.of(1) }, 'f32');
  const ones = g.node('Fill', [g.int32s([2, rows]), one], {}, { shape: [2, rows] });
  const sums = g.node('MatMul', [ones, matrix], {}, { shape: [2, columns] });
  const first = g.node('Slice', [sums, g.int32s([0, 0]), g.int32s([1, columns])], {}, { shape: [1, columns] });
  return g.node('Reshape', [first, g.int32s(shape)], {}, { shape });
}
