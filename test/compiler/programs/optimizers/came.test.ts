import { expect, it } from '@jest/globals';
import { evaluate, type Arrays } from '../../../../src/compiler/ir/evaluate';
import { input, scalar, variable, type NdArray, type Program, type Value } from '../../../../src/compiler/ir/graph';
import type { Optimizer } from '../../../../src/compiler/recipe/index';
import { optimizerStep } from '../../../../src/compiler/programs/optimizers/optimize';
import { goldenCase, relMax, type GoldenTensor } from '../../../support/golden';

interface Config {
  readonly lr: number;
  readonly eps: [number, number];
  readonly betas: [number, number, number];
  readonly clip_threshold: number;
  readonly weight_decay: number;
  readonly steps: number;
  readonly shapes: number[][];
}

const golden = goldenCase('came_steps');
const config = golden.about.config as Config;
const settings: Extract<Optimizer, { kind: 'came' }> = {
  kind: 'came',
  rate: config.lr,
  betas: config.betas,
  eps: config.eps,
  clip: config.clip_threshold,
  decay: config.weight_decay,
};

it('makes the four steps of CAME as the reference does', () => {
  const program = stepProgram(scalar(1, 'bool'));
  let state = initialState(program);
  for (let step = 0; step < config.steps; step++) {
    const { updates } = evaluate(program, { inputs: gradientsAt(step), variables: state });
    state = { ...state, ...updates };
    config.shapes.forEach((_, i) => {
      const all = golden.tensors[`out/p${i}`].data;
      const size = state[`p${i}`].data.length;
      const want = all.slice(step * size, (step + 1) * size);
      expect([step, i, relMax(state[`p${i}`].data, want) <= golden.tolerance.out]).toEqual([step, i, true]);
    });
  }
});

it('changes nothing in a first step that is not sound', () => {
  const program = stepProgram(scalar(0, 'bool'));
  const state = initialState(program);
  const zeros = Object.fromEntries(
    Object.entries(gradientsAt(0)).map(([k, { shape, data }]) => [k, { shape, data: data.map(() => 0) }]),
  );
  const { updates } = evaluate(program, { inputs: zeros, variables: state });
  for (const [name, { data }] of Object.entries(updates)) expect([name, ...data]).toEqual([name, ...state[name].data]);
});

function stepProgram(sound: Value): Program {
  const weights = config.shapes.map((shape, i) => variable(`p${i}`, shape, { kind: 'zeros' }, 'weight'));
  const gradients = config.shapes.map((shape, i) => input(`g${i}`, shape));
  const step = optimizerStep(settings, {
    weights,
    gradients,
    rate: scalar(config.lr),
    step: scalar(1),
    loss: scalar(0),
    sound,
  });
  const moved = weights.map((w, i) => ({ variable: w, value: step.weights[i] }));
  return { name: 'came', inputs: gradients, outputs: {}, updates: [...moved, ...step.updates] };
}

function initialState(program: Program): Arrays {
  return Object.fromEntries(
    program.updates.map(({ variable: { leaf, shape } }) => {
      const start = golden.tensors[`w0/${leaf.name}`];
      if (start) return [leaf.name, arrayOf(start)];
      const value = leaf.init.kind === 'constant' ? leaf.init.value : 0;
      const sizes = shape as number[];
      return [leaf.name, { shape: sizes, data: new Float64Array(sizes.reduce((a, b) => a * b, 1)).fill(value) }];
    }),
  );
}

function gradientsAt(step: number): Arrays {
  return Object.fromEntries(config.shapes.map((_, i) => [`g${i}`, arrayOf(golden.tensors[`in/g${i}.${step}`])]));
}

function arrayOf({ shape, data }: GoldenTensor): NdArray {
  return { shape, data: Float64Array.from(data) };
}
