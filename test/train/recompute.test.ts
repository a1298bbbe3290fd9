import { expect, it } from '@jest/globals';
import { openSession } from '../../src/backends/open';
import type { HostTensor, HostTensors } from '../../src/backends/session';
import { trainStepGiven, type TrainSettings } from '../../src/compiler/programs/train-step';
import { isNativeAvailable } from '../../src/setup/native';
import { compileModel } from '../support/compile';
import { normal } from '../support/tiny-model';

const settings: TrainSettings = {
  objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-3, betas: [0.9, 0.999], eps: 1e-8, decay: 0 },
  ema: null,
  labelDrop: 0,
  precision: 'f32',
};
const model = compileModel('specs/pixeldit.weft', 'PixelDiT', {
  size: '8x8',
  patch: '4',
  width: '16',
  heads: '2',
  depth: '1',
  pixel_width: '4',
  pixel_depth: '1',
  classes: '3',
});

const f32 = (shape: readonly number[], stream: number): HostTensor => ({
  shape,
  dtype: 'f32',
  data: Float32Array.from(normal(shape, stream).data),
});
const number = (value: number): HostTensor => ({ shape: [], dtype: 'f32', data: Float32Array.of(value) });
const inputs: HostTensors = {
  x_t: f32([2, 3, 8, 8], 1),
  v_target: f32([2, 3, 8, 8], 2),
  t: { shape: [2], dtype: 'f32', data: Float32Array.of(0.2, 0.7) },
  y: { shape: [2], dtype: 'i32', data: Int32Array.of(0, 2) },
  rate: number(1e-3),
  clip: number(Infinity),
};
/** Weights that are not zero anywhere, so that every gradient is something. */
const weights: HostTensors = Object.fromEntries(
  model.weights.map((w, i) => [w.leaf.name, f32(w.shape as number[], 10 + i)]),
);

/** The loss, the gradients' norm and the first moments (a tenth of the gradients) after one step. */
async function step(backend: 'tfjs' | 'tensorflow', recompute: 'none' | 'blocks', xla?: boolean): Promise<HostTensors> {
  const program = trainStepGiven(model, { ...settings, recompute });
  const session = await openSession(backend, [program], { bindings: { batch: 2 }, xla });
  await session.init(0);
  await session.set(weights);
  const { loss, grad_norm } = await session.run(program.name, inputs);
  const moments = await session.get(model.weights.map((w) => `m/${w.leaf.name}`));
  await session.dispose();
  return { loss, grad_norm, ...moments };
}

/** Distance between two tensors, relative to the length of the second. */
function apart(a: HostTensor, b: HostTensor): number {
  const length = (xs: Iterable<number>): number => Math.hypot(...xs);
  return length(Array.from(a.data, (x, i) => x - b.data[i])) / Math.max(length(b.data), 1e-30);
}

/** Trained once, by the first test that asks. */
let keptOnTfjs: Promise<HostTensors> | null = null;
const ways = [
  ['tfjs', undefined],
  ...(isNativeAvailable()
    ? ([
        ['tensorflow', false],
        ['tensorflow', true],
      ] as const)
    : []),
] as const;

// float32 on different kernels, through two blocks and back.
it.each(ways)('learns from blocks computed again what it learns from blocks kept: %s, XLA %s', async (backend, xla) => {
  const [kept, again] = [await (keptOnTfjs ??= step('tfjs', 'none')), await step(backend, 'blocks', xla)];
  for (const name of Object.keys(kept)) expect([name, apart(again[name], kept[name]) < 1e-4]).toEqual([name, true]);
});
