/** Repeats tensors and selects from them on wasm, whose kernel Tile takes a hundred times as long as an addition. */
// Tested by test/ops/conformance.test.ts.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tfjs } from '../runtime';

/** x repeated along axes of size 1 and new leading axes up to `shape`. */
export function wasmBroadcast(tf: Tfjs, x: Tensor, shape: readonly number[]): Tensor {
  if (x.shape.length === shape.length && x.shape.every((d, i) => d === shape[i])) return tf.clone(x);
  return tf.tidy(() => {
    if (x.dtype === 'bool') return tf.greater(wasmBroadcast(tf, tf.cast(x, 'float32'), shape), 0.5);
    return tf.add(x, tf.fill([...shape], 0, x.dtype === 'int32' ? 'int32' : 'float32'));
  });
}

/** `[condition, a, b]` gives a if the condition holds, else b, all broadcast to `shape`. */
export function wasmSelect(tf: Tfjs, choice: readonly Tensor[], shape: readonly number[]): Tensor {
  return tf.tidy(() => {
    const [c, p, q] = choice.map((x) => wasmBroadcast(tf, x, shape));
    // The kernel moves four bytes per element, but elements of bool tensors have one byte.
    if (p.dtype === 'bool') return tf.logicalOr(tf.logicalAnd(c, p), tf.logicalAnd(tf.logicalNot(c), q));
    return tf.where(c, p, q);
  });
}
