/** How the portable backend repeats and chooses elements: its wasm kernel Tile takes a hundred times as long as an addition. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { TfjsTarget } from './targets';

/** x repeated along axes of size 1 and new leading axes up to `shape`. */
export function tfjsBroadcast(tf: TfjsTarget, x: Tensor, shape: readonly number[]): Tensor {
  if (x.shape.length === shape.length && x.shape.every((d, i) => d === shape[i])) return tf.clone(x);
  if (tf.getBackend() !== 'wasm') return tf.broadcastTo(x, [...shape]);
  return tf.tidy(() => {
    if (x.dtype === 'bool') return tf.greater(tfjsBroadcast(tf, tf.cast(x, 'float32'), shape), 0.5);
    return tf.add(x, tf.fill([...shape], 0, x.dtype as 'float32' | 'int32'));
  });
}

/** a where the condition holds, b elsewhere, all broadcast to `shape`. */
export function tfjsSelect(tf: TfjsTarget, condition: Tensor, a: Tensor, b: Tensor, shape: readonly number[]): Tensor {
  if (tf.getBackend() !== 'wasm') return tf.where(condition, a, b);
  return tf.tidy(() => {
    const [c, p, q] = [condition, a, b].map((x) => tfjsBroadcast(tf, x, shape));
    // The kernel moves four bytes an element, and those of bool tensors are one byte wide.
    if (a.dtype === 'bool') return tf.logicalOr(tf.logicalAnd(c, p), tf.logicalAnd(tf.logicalNot(c), q));
    return tf.where(c, p, q);
  });
}
