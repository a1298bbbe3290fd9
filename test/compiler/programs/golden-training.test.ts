import { expect, it } from '@jest/globals';
import { evaluate, type Arrays } from '../../../src/compiler/ir/evaluate';
import type { NdArray } from '../../../src/compiler/ir/graph';
import { trainStepGiven } from '../../../src/compiler/programs/train-step';
import { compileModel, pixelditSettings } from '../../support/compile';
import { goldenCase, relMax, type GoldenCase, type GoldenTensor } from '../../support/golden';

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

it.each(['adamw_ema_official', 'adamw_ema_fast'] as const)('makes the five steps of %s as PyTorch does', (name) => {
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
  let state = initialState(golden);
  const [losses, norms]: number[][] = [[], []];
  for (let step = 0; step < steps; step++) {
    const inputs = { ...batchAt(golden, step), rate: numberOf(optimizer.lr), clip: numberOf(optimizer.clip_norm) };
    const { outputs, updates } = evaluate(program, { inputs, variables: state });
    losses.push(outputs.loss.data[0]);
    norms.push(outputs.grad_norm.data[0]);
    state = { ...state, ...updates };
  }
  expect(relMax(losses, golden.tensors['out/loss'].data)).toBeLessThanOrEqual(golden.tolerance.out);
  expect(relMax(norms, golden.tensors['out/grad_norm'].data)).toBeLessThanOrEqual(golden.tolerance.out);
  for (const [key, start] of Object.entries(golden.under('w0'))) {
    const [final, average] = [golden.tensors[`final/${key}`].data, golden.tensors[`ema/${key}`].data];
    expect([key, relMax(state[key].data, final) <= golden.tolerance.final]).toEqual([key, true]);
    expect([key, relMax(state[`ema/${key}`].data, average) <= golden.tolerance.ema]).toEqual([key, true]);
    expect([key, moveError(state[key].data, final, start.data) <= moves[name]]).toEqual([key, true]);
  }
});

function initialState(golden: GoldenCase): Arrays {
  const state: { [name: string]: NdArray } = { step: numberOf(0) };
  for (const [key, tensor] of Object.entries(golden.under('w0'))) {
    const zeros = { shape: tensor.shape, data: new Float64Array(tensor.data.length) };
    Object.assign(state, {
      [key]: arrayOf(tensor),
      [`ema/${key}`]: arrayOf(tensor),
      [`m/${key}`]: zeros,
      [`v/${key}`]: zeros,
    });
  }
  return state;
}

/** The noisy images of one step and the velocity they should show. */
function batchAt(golden: GoldenCase, step: number): Arrays {
  const part = (name: string): NdArray => {
    const { shape, data } = arrayOf(golden.tensors[`in/${name}`]);
    const size = data.length / shape[0];
    return { shape: shape.slice(1), data: data.slice(step * size, (step + 1) * size) };
  };
  const [x0, noise, t, y] = ['x0', 'noise', 't', 'y'].map(part);
  const perImage = x0.data.length / t.data.length;
  const timeOf = (i: number): number => t.data[Math.floor(i / perImage)];
  return {
    x_t: { ...x0, data: x0.data.map((x, i) => timeOf(i) * x + (1 - timeOf(i)) * noise.data[i]) },
    v_target: { ...x0, data: x0.data.map((x, i) => x - noise.data[i]) },
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

function arrayOf({ shape, data }: GoldenTensor): NdArray {
  return { shape, data: Float64Array.from(data) };
}

function numberOf(value: number): NdArray {
  return { shape: [], data: Float64Array.of(value) };
}
