import { expect, it } from '@jest/globals';
import { evaluate, type Arrays } from '../../../../src/compiler/ir/evaluate';
import { constant, input, scalar, variable, type NdArray } from '../../../../src/compiler/ir/graph';
import type { Optimizer } from '../../../../src/compiler/recipe/index';
import { trainStepGiven } from '../../../../src/compiler/programs/train-step';
import { optimizerStep } from '../../../../src/compiler/programs/optimizers/optimize';
import { goldenCase, relMax, type GoldenTensor } from '../../../support/golden';
import { normal, tinyModel } from '../../../support/tiny-model';

interface Config {
  readonly lr: number;
  readonly weight_decay: number;
  readonly momentum: number;
  readonly ns_steps: number;
  readonly steps: number;
  readonly shapes: number[][];
}

const golden = goldenCase('muon_steps');
const config = golden.about.config as Config;
const settings: Extract<Optimizer, { kind: 'muon' }> = {
  kind: 'muon',
  rate: config.lr,
  momentum: config.momentum,
  steps: config.ns_steps,
  decay: config.weight_decay,
  betas: [0.9, 0.95],
  eps: 1e-8,
};

it('makes the three steps of Muon as PyTorch does', () => {
  const weights = config.shapes.map((shape, i) => variable(`p${i}`, shape, { kind: 'zeros' }, 'weight'));
  const gradients = config.shapes.map((shape, i) => input(`g${i}`, shape));
  const given = {
    weights,
    gradients,
    rate: scalar(config.lr),
    step: scalar(1),
    loss: scalar(0),
    sound: scalar(1, 'bool'),
  };
  const step = optimizerStep(settings, given);
  const moved = weights.map((w, i) => ({ variable: w, value: step.weights[i] }));
  const program = { name: 'muon', inputs: gradients, outputs: {}, updates: [...moved, ...step.updates] };
  let state: Arrays = Object.fromEntries(
    config.shapes.flatMap((shape, i) => [
      [`p${i}`, arrayOf(golden.tensors[`w0/p${i}`])],
      [`m/p${i}`, { shape, data: new Float64Array(shape[0] * shape[1]) }],
    ]),
  );
  for (let k = 0; k < config.steps; k++) {
    const inputs = Object.fromEntries(config.shapes.map((_, i) => [`g${i}`, arrayOf(golden.tensors[`in/g${i}.${k}`])]));
    state = { ...state, ...evaluate(program, { inputs, variables: state }).updates };
    config.shapes.forEach((_, i) => {
      const { data } = state[`p${i}`];
      const want = golden.tensors[`out/p${i}`].data.slice(k * data.length, (k + 1) * data.length);
      expect([k, i, relMax(data, want) <= golden.tolerance.out]).toEqual([k, i, true]);
    });
  }
});

it.each([
  [3, 5],
  [5, 3],
])('brings the singular values of a matrix of %d by %d near one', (rows, columns) => {
  // Without momentum, and at this rate, a weight of zeros becomes what its gradient becomes.
  const weight = variable('p', [rows, columns], { kind: 'zeros' }, 'weight');
  const { weights } = optimizerStep(
    { ...settings, momentum: 0, decay: 0, steps: 5 },
    {
      weights: [weight],
      gradients: [constant(normal([rows, columns], 3))],
      rate: scalar(-1 / (0.2 * Math.sqrt(5))),
      step: scalar(1),
      loss: scalar(0),
      sound: scalar(1, 'bool'),
    },
  );
  const zeros = { shape: [rows, columns], data: new Float64Array(rows * columns) };
  const program = { name: 'muon', inputs: [], outputs: { moved: weights[0] }, updates: [] };
  const { data } = evaluate(program, { inputs: {}, variables: { p: zeros, 'm/p': zeros } }).outputs.moved;
  const at = (i: number, j: number): number => data[i * columns + j];
  const short = Math.min(rows, columns);
  // Unit vectors of the shorter side keep about their length.
  for (let trial = 0; trial < 20; trial++) {
    const v = normal([short], 50 + trial).data;
    const length = Math.hypot(...v);
    const image = Array.from({ length: Math.max(rows, columns) }, (_, k) =>
      v.reduce((s, x, i) => s + (x / length) * (rows < columns ? at(i, k) : at(k, i)), 0),
    );
    expect(Math.hypot(...image)).toBeGreaterThan(0.6);
    expect(Math.hypot(...image)).toBeLessThan(1.3);
  }
});

it('leaves vectors and tables to AdamW', () => {
  const program = trainStepGiven(tinyModel(), {
    objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
    optimizer: settings,
    ema: null,
    labelDrop: 0,
    precision: 'f32',
  });
  const second = program.updates.flatMap(({ variable: { leaf } }) => (leaf.name.startsWith('v/') ? [leaf.name] : []));
  expect(second.sort()).toEqual([
    'v/block.norm.weight',
    'v/condition.table.weight',
    'v/condition.time.weight',
    'v/final.bias',
  ]);
});

function arrayOf({ shape, data }: GoldenTensor): NdArray {
  return { shape, data: Float64Array.from(data) };
}
