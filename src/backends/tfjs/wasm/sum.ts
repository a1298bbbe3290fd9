/** Sums on wasm over axes that are not last: its kernel transposes first, which takes ten times as long as the sum. */
// Tested by test/ops/conformance.test.ts.
import type { Tensor } from '@tensorflow/tfjs-core';
import { staticSize } from '../../../compiler/ir/dims';
import type { Tfjs } from '../runtime';

/** The sum over neighbouring `axes` before the last, in the result's `shape`; null for another sum. */
export function wasmSum(tf: Tfjs, x: Tensor, axes: readonly number[], shape: readonly number[]): Tensor | null {
  const first = Math.min(...axes);
  const last = Math.max(...axes);
  const neighbours = axes.length > 0 && last - first + 1 === axes.length;
  if (!neighbours || last === x.rank - 1 || x.dtype !== 'float32') return null;
  const outer = staticSize(x.shape.slice(0, first));
  const count = staticSize(x.shape.slice(first, last + 1));
  const inner = staticSize(x.shape.slice(last + 1));
  // Rows [outer · count, inner] scattered into [outer, inner]; those that meet are added.
  return tf.tidy(() => {
    const target = Int32Array.from({ length: outer * count }, (_, i) => Math.floor(i / count));
    const rows = tf.reshape(x, [outer * count, inner]);
    return tf.reshape(tf.scatterND(tf.tensor2d(target, [outer * count, 1], 'int32'), rows, [outer, inner]), [...shape]);
  });
}
