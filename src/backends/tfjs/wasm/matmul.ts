/** Multiplies matrices on wasm: faster kernels do the work of those that are slow or missing. */
// Tested by test/ops/conformance.test.ts.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { MatmulAttrs } from '../../../compiler/ops/linalg';
import type { Tfjs } from '../runtime';
import { wasmBroadcast } from './broadcast';

/**
 * a · b over the last two axes, in the result's `shape`. The wasm kernel is about twelve times slower on transposed
 * operands and several times slower on batches than on one plain product, and it broadcasts no mixed batch axes.
 */
export function wasmMatmul(
  tf: Tfjs,
  [a, b]: readonly [Tensor, Tensor],
  { transposeA = false, transposeB = false }: MatmulAttrs,
  shape: readonly number[],
): Tensor {
  return tf.tidy(() => {
    const left = overBatch(tf, transposeA ? swapped(tf, a) : a, shape);
    const right = overBatch(tf, transposeB ? swapped(tf, b) : b, shape);
    const [n, m] = shape.slice(-2);
    const k = left.shape[left.rank - 1];
    const batch = shape.slice(0, -2).reduce((p, q) => p * q, 1);
    if (batch === 1 || n * k * m < worthSplitting) return tf.matMul(left, ownShape(tf, right));
    const [lefts, rights] = [tf.reshape(left, [batch, n, k]), tf.reshape(right, [batch, k, m])];
    // A slice would copy its whole source out of wasm's memory first; a gathered row does not.
    const products = Array.from({ length: batch }, (_, i) => {
      const at = tf.tensor1d([i], 'int32');
      return tf.matMul(tf.gather(lefts, at), tf.gather(rights, at));
    });
    return tf.reshape(tf.concat(products, 0), [...shape]);
  });
}

/** For the data of each right operand, the last two axes that it was first multiplied under; freed data is forgotten. */
const firstShapes = new WeakMap<object, string>();

/**
 * The right operand, copied if its data was multiplied under another shape before: the wasm backend keeps one packed
 * matrix for the data of a right operand, whatever the shape, and would use the one that it packed first.
 */
function ownShape(tf: Tfjs, x: Tensor): Tensor {
  const shape = x.shape.slice(-2).join();
  const first = firstShapes.get(x.dataId) ?? shape;
  firstShapes.set(x.dataId, first);
  return first === shape ? x : tf.add(x, 0);
}

/** Multiplications per product of a batch above which separate calls are faster. */
const worthSplitting = 2 ** 20;

function swapped(tf: Tfjs, x: Tensor): Tensor {
  return tf.transpose(
    x,
    [...x.shape.keys()].map((i) => (i < x.rank - 2 ? i : 2 * x.rank - 3 - i)),
  );
}

/** Repeats batch axes of size 1 if there are any to repeat. */
function overBatch(tf: Tfjs, x: Tensor, shape: readonly number[]): Tensor {
  const batch = shape.slice(0, -2);
  return batch.every((d, i) => x.shape[i] === d) ? x : wasmBroadcast(tf, x, [...batch, ...x.shape.slice(-2)]);
}
