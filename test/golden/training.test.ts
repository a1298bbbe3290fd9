import { expect, it } from '@jest/globals';
import type { HostTensor, HostTensors } from '../../src/backends/session';
import { trainStepGiven } from '../../src/compiler/programs/train-step';
import { backends } from '../support/backends';
import { compileModel, pixelditSettings } from '../support/compile';
import { goldenCase, relMax, type GoldenCase } from '../support/golden';

interface Config {
  readonly model: { readonly [key: string]: unknown };
  readonly optimizer: {
    readonly lr: number;
    readonly betas: [number, number];
    readonly eps: number;
    readonly weight_decay: number;
    readonly clip_norm: number;
    readonly ema_decay: number;
  };
  readonly steps: number;
}

/** Largest mean error of the moves relative to their mean, from each case's notes. */
const moves = { adamw_ema_official: 0.002, adamw_ema_fast: 0.0002 } as const;

const trainers = backends.filter((b) => b.trains);
const cases = (['adamw_ema_official', 'adamw_ema_fast'] as const).flatMap((name) =>
  trainers.map((backend) => ({ name, backend, on: backend.name })),
);

it.each(cases)('makes the five steps of $name on $on as PyTorch does', async ({ name, backend }) => {
  const golden = goldenCase(name);
  const { model: config, optimizer, steps } = golden.about.config as Config;
  const model = compileModel('specs/pixeldit.weft', 'PixelDiT', pixelditSettings(config));
  const program = trainStepGiven(model, {
    objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
    optimizer: {
      kind: 'adamw',
      rate: optimizer.lr,
      betas: optimizer.betas,
      eps: optimizer.eps,
      decay: optimizer.weight_decay,
    },
    ema: optimizer.ema_decay,
    labelDrop: 0,
    precision: 'f32',
  });
  const session = await backend.open([program], { bindings: { batch: golden.tensors['in/t'].shape[1] } });
  try {
    await session.set(initialState(golden));
    const [losses, norms]: number[][] = [[], []];
    for (let step = 0; step < steps; step++) {
      const inputs = { ...batchAt(golden, step), rate: numberOf(optimizer.lr), clip: numberOf(optimizer.clip_norm) };
      const outputs = await session.run('train_step', inputs);
      losses.push(outputs.loss.data[0]);
      norms.push(outputs.grad_norm.data[0]);
    }
    const state = await session.get();
    expect(relMax(losses, golden.tensors['out/loss'].data)).toBeLessThanOrEqual(golden.tolerance.out);
    expect(relMax(norms, golden.tensors['out/grad_norm'].data)).toBeLessThanOrEqual(golden.tolerance.out);
    for (const [key, start] of Object.entries(golden.under('w0'))) {
      const [final, average] = [golden.tensors[`final/${key}`].data, golden.tensors[`ema/${key}`].data];
      expect([key, relMax(state[key].data, final) <= golden.tolerance.final]).toEqual([key, true]);
      expect([key, relMax(state[`ema/${key}`].data, average) <= golden.tolerance.ema]).toEqual([key, true]);
      expect([key, moveError(state[key].data, final, start.data) <= moves[name]]).toEqual([key, true]);
    }
  } finally {
    await session.dispose();
  }
});

function initialState(golden: GoldenCase): HostTensors {
  const state: { [name: string]: HostTensor } = { step: { shape: [], dtype: 'i32', data: Int32Array.of(0) } };
  for (const [key, tensor] of Object.entries(golden.under('w0'))) {
    const zeros: HostTensor = { shape: tensor.shape, dtype: 'f32', data: new Float32Array(tensor.data.length) };
    Object.assign(state, { [key]: tensor, [`ema/${key}`]: tensor, [`m/${key}`]: zeros, [`v/${key}`]: zeros });
  }
  return state;
}

/** The noisy images of one step and the velocity they should show, in float32. */
function batchAt(golden: GoldenCase, step: number): HostTensors {
  const part = (name: string): HostTensor => {
    const { shape, data, dtype } = golden.tensors[`in/${name}`];
    const size = data.length / shape[0];
    return { shape: shape.slice(1), dtype, data: data.slice(step * size, (step + 1) * size) };
  };
  const [x0, noise, t, y] = ['x0', 'noise', 't', 'y'].map(part);
  const perImage = x0.data.length / t.data.length;
  const timeOf = (i: number): number => t.data[Math.floor(i / perImage)];
  const each = (f: (x: number, i: number) => number): HostTensor => ({ ...x0, data: Float32Array.from(x0.data, f) });
  return {
    x_t: each((x, i) => timeOf(i) * x + (1 - timeOf(i)) * noise.data[i]),
    v_target: each((x, i) => x - noise.data[i]),
    t,
    y,
  };
}

/** mean|got - want| / mean|want| of the moves from where the weights started. */
function moveError(got: ArrayLike<number>, want: ArrayLike<number>, start: ArrayLike<number>): number {
  let [error, size] = [0, 0];
  for (let i = 0; i < want.length; i++) {
    error += Math.abs(got[i] - want[i]);
    size += Math.abs(want[i] - start[i]);
  }
  return size === 0 ? error : error / size;
}

function numberOf(value: number): HostTensor {
  return { shape: [], dtype: 'f32', data: Float32Array.of(value) };
}
