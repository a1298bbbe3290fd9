import { expect, it } from '@jest/globals';
import { evaluate } from '../../../src/compiler/ir/evaluate';
import { denoise } from '../../../src/compiler/programs/denoise';
import { guided } from '../../../src/compiler/programs/guided';
import { array, classes, normal, tinyModel, weightValues } from '../../support/tiny-model';

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
