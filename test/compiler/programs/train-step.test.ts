import { expect, it } from '@jest/globals';
import { evaluate, type Arrays } from '../../../src/compiler/ir/evaluate';
import type { Program } from '../../../src/compiler/ir/graph';
import { grad } from '../../../src/compiler/programs/loss';
import { trainStep, trainStepGiven, type TrainSettings } from '../../../src/compiler/programs/train-step';
import { array, normal, tinyModel, weightValues } from '../../support/tiny-model';

const model = tinyModel();
const weights = weightValues(model);
const settings: TrainSettings = {
  objective: { kind: 'rectified_flow', time: { kind: 'logit_normal', mean: 0, std: 1, shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-2, betas: [0.9, 0.999], eps: 1e-8, decay: 0.1 },
  ema: 0.99,
  labelDrop: 0.1,
  precision: 'f32',
};
const given = {
  x_t: normal([2, 3, 4, 4], 1),
  t: array([2], 0.2, 0.7),
  y: array([2], 1, 5),
  v_target: normal([2, 3, 4, 4], 2),
  rate: array([], 1e-2),
  clip: array([], 0.3),
};

it('makes the steps of AdamW with clipping and averaging in closed form', () => {
  const program = trainStepGiven(model, settings);
  const gradProgram = grad(model);
  let state = initialState(program);
  for (let step = 1; step <= 3; step++) {
    const gradients = evaluate(gradProgram, { inputs: given, variables: state }).outputs;
    const squares = model.weights.map((w) => gradients[`grad/${w.leaf.name}`].data.reduce((s, g) => s + g * g, 0));
    const norm = Math.sqrt(squares.reduce((a, b) => a + b));
    const { outputs, updates } = evaluate(program, { inputs: given, variables: state });
    expect(outputs.grad_norm.data[0]).toBeCloseTo(norm, 12);
    expect(norm).toBeGreaterThan(0.3);
    expect(outputs.finite.data[0]).toBe(1);
    for (const { leaf } of model.weights) {
      const g = gradients[`grad/${leaf.name}`].data.map((x) => (x * 0.3) / (norm + 1e-6));
      const m = g.map((x, i) => 0.9 * state[`m/${leaf.name}`].data[i] + 0.1 * x);
      const v = g.map((x, i) => 0.999 * state[`v/${leaf.name}`].data[i] + 0.001 * x * x);
      const w = state[leaf.name].data.map((x, i) => {
        const denominator = Math.sqrt(v[i] / (1 - 0.999 ** step)) + 1e-8;
        return x * (1 - 1e-2 * 0.1) - (1e-2 * (m[i] / (1 - 0.9 ** step))) / denominator;
      });
      const average = state[`ema/${leaf.name}`].data.map((x, i) => 0.99 * x + 0.01 * w[i]);
      expectClose(updates[`m/${leaf.name}`].data, m);
      expectClose(updates[`v/${leaf.name}`].data, v);
      expectClose(updates[leaf.name].data, w);
      expectClose(updates[`ema/${leaf.name}`].data, average);
    }
    expect(updates.step.data[0]).toBe(step);
    state = { ...state, ...updates };
  }
});

it.each([NaN, Infinity])('changes no variable in a step whose data hold %d', (bad) => {
  const program = trainStepGiven(model, settings);
  const inputs = {
    ...given,
    v_target: { shape: [2, 3, 4, 4], data: given.v_target.data.with(5, bad) as Float64Array },
  };
  const state: Arrays = { ...initialState(program), step: array([], 4) };
  const { outputs, updates } = evaluate(program, { inputs, variables: state });
  expect(outputs.finite.data[0]).toBe(0);
  for (const [name, value] of Object.entries(updates))
    expect([name, ...value.data]).toEqual([name, ...state[name].data]);
});

it('learns to predict the velocity of one image', () => {
  const program = trainStep(model, { ...settings, labelDrop: 0 });
  expect(program.inputs.map((i) => i.leaf?.kind === 'input' && i.leaf.name)).toEqual([
    'x0',
    'y',
    'seed',
    'rate',
    'clip',
  ]);
  const x0 = normal([1, 3, 4, 4], 9);
  const inputs = {
    x0: { shape: [8, 3, 4, 4], data: Float64Array.from({ length: 8 * 48 }, (_, i) => x0.data[i % 48]) },
    y: array([8], 0, 0, 0, 0, 0, 0, 0, 0),
    seed: array([], 11),
    rate: array([], 1e-2),
    clip: array([], Infinity),
  };
  let state = initialState(program);
  const losses: number[] = [];
  for (let step = 0; step < 60; step++) {
    const { outputs, updates } = evaluate(program, { inputs, variables: state });
    losses.push(outputs.loss.data[0]);
    state = { ...state, ...updates };
  }
  const mean = (xs: number[]): number => xs.reduce((a, b) => a + b) / xs.length;
  expect(mean(losses.slice(-10))).toBeLessThan(0.7 * mean(losses.slice(0, 10)));
});

it('stays near the f32 step with bf16 products', () => {
  const inputs = given;
  const [full, half] = (['f32', 'bf16'] as const).map((precision) => {
    const program = trainStepGiven(model, { ...settings, precision });
    return evaluate(program, { inputs, variables: initialState(program) }).outputs;
  });
  // bf16 keeps 8 bits: relative steps of 2⁻⁸.
  expect(Math.abs(half.loss.data[0] / full.loss.data[0] - 1)).toBeLessThan(0.01);
  expect(Math.abs(half.grad_norm.data[0] / full.grad_norm.data[0] - 1)).toBeLessThan(0.02);
  expect(half.loss.data[0]).not.toBe(full.loss.data[0]);
});

function initialState(program: Program): Arrays {
  const state = program.updates.map(({ variable: { leaf, shape } }) => {
    if (leaf.role === 'weight') return [leaf.name, weights[leaf.name]];
    if (leaf.role === 'ema') return [leaf.name, weights[leaf.name.replace('ema/', '')]];
    return [leaf.name, { shape, data: new Float64Array((shape as number[]).reduce((a, b) => a * b, 1)) }];
  });
  return Object.fromEntries(state) as Arrays;
}

function expectClose(got: Float64Array, want: Float64Array): void {
  expect(got.length).toBe(want.length);
  got.forEach((x, i) => expect(x).toBeCloseTo(want[i], 10));
}
