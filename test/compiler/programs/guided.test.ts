import { expect, it } from '@jest/globals';
import { evaluate } from '../../../src/compiler/ir/evaluate';
import { input } from '../../../src/compiler/ir/graph';
import type { ModelGraph } from '../../../src/compiler/lower/model';
import { ops } from '../../../src/compiler/ops';
import { denoise } from '../../../src/compiler/programs/denoise';
import { guided, rescaled } from '../../../src/compiler/programs/guided';
import { array, batch, classes, normal, tinyModel, weightValues } from '../../support/tiny-model';

const model = tinyModel();
const variables = weightValues(model);
const image = { x_t: normal([3, 3, 4, 4], 1), t: array([3], 0.1, 0.5, 0.9) };

it('mixes the model with and without its label in one call', () => {
  const velocity = (...labels: number[]): Float64Array =>
    evaluate(denoise(model), { inputs: { ...image, y: array([3], ...labels) }, variables }).outputs.velocity.data;
  const [cond, uncond] = [velocity(0, 2, 4), velocity(classes, classes, classes)];
  const { outputs } = evaluate(guided(model), {
    inputs: { ...image, y: array([3], 0, 2, 4), guidance: array([], 3.25) },
    variables,
  });
  const want = uncond.map((u, i) => u + 3.25 * (cond[i] - u));
  outputs.velocity.data.forEach((v, i) => expect(v).toBeCloseTo(want[i], 12));
  outputs.conditional.data.forEach((v, i) => expect(v).toBeCloseTo(cond[i], 12));
});

it('keeps the batch symbolic', () => {
  expect(String(guided(model).outputs.velocity.shape[0])).toBe('batch');
});

it('asks for the empty prompt beside the prompt where the condition is a text', () => {
  const text = input('text', [batch, 2, 3]);
  const image = input('x_t', [batch, 1, 1, 2]);
  const shift = ops.reshape(ops.reduceSum(text, { axes: [1, 2] }), { shape: [batch, 1, 1, 1] });
  const textModel: ModelGraph = {
    ...model,
    inputs: [
      { kind: 'image', name: 'x_t', value: image, channels: 1, height: 1, width: 2 },
      { kind: 'text', name: 'text', value: text, shape: [2, 3] },
    ],
    outputs: { velocity: ops.add(image, shift) },
    weights: [],
  };
  const program = guided(textModel);
  const { outputs } = evaluate(program, {
    inputs: {
      x_t: array([1, 1, 1, 2], 10, 20),
      text: array([1, 2, 3], 1, 1, 1, 1, 1, 1),
      text_none: array([1, 2, 3], 0, 0, 0, 0, 0, 1),
      guidance: array([], 2),
    },
  });
  expect([...outputs.velocity.data]).toEqual([10 + 1 + 2 * 5, 20 + 1 + 2 * 5]);
});

it('brings guided velocities to the spread of the conditional ones, image by image', () => {
  const names = ['guided', 'conditional'] as const;
  const [strong, plain] = names.map((name) => input(name, [2, 1, 2, 2]));
  const inputs = {
    guided: array([2, 1, 2, 2], 3, -3, 3, -3, 2, 6, 2, 6),
    conditional: array([2, 1, 2, 2], 1, -1, 1, -1, 2, 4, 2, 4),
  };
  const scaledBy = (amount: number): number[] => {
    const outputs = { velocity: rescaled(strong, plain, amount) };
    const program = { name: 'rescaled', inputs: [strong, plain], outputs, updates: [] };
    return [...evaluate(program, { inputs }).outputs.velocity.data];
  };
  expect(scaledBy(1)).toEqual([1, -1, 1, -1, 1, 3, 1, 3]);
  expect(scaledBy(0.5)).toEqual([2, -2, 2, -2, 1.5, 4.5, 1.5, 4.5]);
});

it('leaves velocities alone that are the same everywhere', () => {
  const v = input('v', [1, 1, 1, 2]);
  const program = { name: 'rescaled', inputs: [v], outputs: { velocity: rescaled(v, v, 1) }, updates: [] };
  expect([...evaluate(program, { inputs: { v: array([1, 1, 1, 2], 4, 4) } }).outputs.velocity.data]).toEqual([4, 4]);
});
