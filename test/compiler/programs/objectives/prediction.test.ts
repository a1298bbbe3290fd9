import { expect, it } from '@jest/globals';
import { evaluate, evaluateValues } from '../../../../src/compiler/ir/evaluate';
import { constant, type NdArray, type Value } from '../../../../src/compiler/ir/graph';
import { conventionsOf } from '../../../../src/compiler/lower/conventions';
import type { ModelGraph } from '../../../../src/compiler/lower/model';
import { denoise } from '../../../../src/compiler/programs/denoise';
import { guided } from '../../../../src/compiler/programs/guided';
import { velocityFrom } from '../../../../src/compiler/programs/objectives/prediction';
import { velocityModel } from '../../../../src/compiler/programs/objectives/velocity-model';
import { trainStep, type TrainSettings } from '../../../../src/compiler/programs/train-step';
import { noisyAt } from '../../../support/straight-flow';
import { array, normal, tinyModel, weightValues } from '../../../support/tiny-model';

const valueOf = (v: Value): NdArray => evaluateValues([v], new Map())[0];
const [x0, noise] = [5, 6].map((stream) => constant(normal([4, 3, 2, 2], stream)));
const times = constant(array([4], 0.1, 0.3, 0.7, 0.9));

it.each([
  { noise: 0, data: 1 },
  { noise: 1000, data: 0 },
  { noise: 1, data: 0 },
  { noise: 0, data: 1000 },
  { noise: -1, data: 1 },
  { noise: 3, data: 0.5 },
])('gives the same velocity from clean image and noise, time $noise to $data', (scale) => {
  const { noisy, time, target } = noisyAt(x0, noise, times, scale);
  const want = valueOf(target).data;
  for (const [prediction, truth] of Object.entries({ x0, noise, velocity: target })) {
    const { data } = valueOf(velocityFrom(prediction as 'x0', truth, { noisy, seen: time, scale }));
    data.forEach((v, i) => expect(v).toBeCloseTo(want[i], 10));
  }
});

it('stays finite at the end that is predicted', () => {
  const { noisy, time } = noisyAt(x0, noise, constant(array([4], 1, 1, 1, 1)), { noise: 0, data: 1 });
  // A distance of 0 counts as 0.05.
  const predicted = constant(normal([4, 3, 2, 2], 9));
  const { data } = valueOf(velocityFrom('x0', predicted, { noisy, seen: time, scale: { noise: 0, data: 1 } }));
  const [p, x] = [valueOf(predicted).data, valueOf(noisy).data];
  data.forEach((v, i) => expect(v).toBeCloseTo((p[i] - x[i]) / 0.05, 10));
});

it('samples and guides a model that predicts the clean image by its velocity', () => {
  const model = predicting('x0');
  const inputs = { x_t: normal([2, 3, 4, 4], 1), t: array([2], 0.25, 0.5), y: array([2], 1, 3) };
  const variables = weightValues(model);
  const clean = evaluate(denoise(model), { inputs, variables }).outputs.x0.data;
  const { velocity } = evaluate(denoise(velocityModel(model)), { inputs, variables }).outputs;
  velocity.data.forEach((v, i) =>
    expect(v).toBeCloseTo((clean[i] - inputs.x_t.data[i]) / (1 - inputs.t.data[i < 48 ? 0 : 1]), 10),
  );
  const { conditional } = evaluate(guided(model), { inputs: { ...inputs, guidance: array([], 2) }, variables }).outputs;
  conditional.data.forEach((v, i) => expect(v).toBeCloseTo(velocity.data[i], 10));
});

it('has no loss where the clean image is predicted exactly, near the end too', () => {
  const settings: TrainSettings = {
    objective: { kind: 'rectified_flow', time: { kind: 'logit_normal', mean: 0, std: 6, shift: 1 } },
    optimizer: { kind: 'adamw', rate: 0, betas: [0.9, 0.999], eps: 1e-8, decay: 0 },
    ema: null,
    labelDrop: 0,
    precision: 'f32',
  };
  const program = trainStep(predicting('x0'), settings);
  const variables = Object.fromEntries(
    program.updates.map(({ variable: { leaf, shape } }) => {
      const sizes = shape as number[];
      return [leaf.name, { shape: sizes, data: new Float64Array(sizes.reduce((a, b) => a * b, 1)) }];
    }),
  );
  const y = array([8], 0, 0, 0, 0, 0, 0, 0, 0);
  const lossOf = (images: NdArray): number => {
    const inputs = { seed: array([], 1), y, rate: array([], 0), clip: array([], Infinity), x0: images };
    return evaluate(program, { inputs, variables }).outputs.loss.data[0];
  };
  // With weights of zero the network says 0, which is right for grey images and no others.
  expect(lossOf({ shape: [8, 3, 4, 4], data: new Float64Array(8 * 48) })).toBe(0);
  expect(lossOf(normal([8, 3, 4, 4], 4))).toBeGreaterThan(0.1);
});

function predicting(name: string): ModelGraph {
  const model = tinyModel();
  const conventions = conventionsOf([{ name, predicts: null }]);
  return { ...model, conventions, outputs: { [name]: model.outputs.velocity } };
}
