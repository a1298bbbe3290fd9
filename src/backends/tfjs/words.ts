/** Words of tfjs: those of the op records, and faster ones for wasm, where kernels are slow or missing. */
// Tested by test/ops/conformance.test.ts.
import type { Tensor } from '@tensorflow/tfjs-core';
import { dialectWords } from '../../compiler/emit/words';
import { staticShape } from '../../compiler/ir/dims';
import type { Word } from '../../compiler/ops/define';
import { wasmBroadcast, wasmSelect } from './wasm/broadcast';
import { wasmMatmul } from './wasm/matmul';
import { wasmSum } from './wasm/sum';
import type { Tfjs } from './runtime';

export const tfjsWords = dialectWords<'eager', Tfjs>('eager', {
  matmul: onWasm((tf, [a, b], { attrs, type }) => wasmMatmul(tf, [a, b], attrs, staticShape(type.shape))),
  reduceSum: onWasm((tf, [x], { attrs, type }) => wasmSum(tf, x, attrs.axes, staticShape(type.shape))),
  broadcastTo: onWasm((tf, [x], { type }) => wasmBroadcast(tf, x, staticShape(type.shape))),
  select: onWasm((tf, choice, { type }) => wasmSelect(tf, choice, staticShape(type.shape))),
});

/** A word for wasm; other engines use the word of the op record. */
function onWasm<A extends object>(word: Word<Tfjs, Tensor, A>): Word<Tfjs, Tensor, A> {
  return (tf, operands, site) => (tf.getBackend() === 'wasm' ? word(tf, operands, site) : null);
}
