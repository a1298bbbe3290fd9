import { expect, it } from '@jest/globals';
import { evaluate } from '../../../src/compiler/ir/evaluate';
import { denoise } from '../../../src/compiler/programs/denoise';
import { grad, loss } from '../../../src/compiler/programs/loss';
import { array, normal, tinyModel, weightValues } from '../../support/tiny-model';

const model = tinyModel();
const variables = weightValues(model);
const inputs = {
  x_t: normal([2, 3, 4, 4], 1),
  t: array([2], 0.2, 0.7),
  y: array([2], 1, 5),
  v_target: normal([2, 3, 4, 4], 2),
};

it('is the mean square of velocity minus target', () => {
  const { velocity } = evaluate(denoise(model), { inputs, variables }).outputs;
  const squares = velocity.data.map((v, i) => (v - inputs.v_target.data[i]) ** 2);
  const want = squares.reduce((a, b) => a + b) / squares.length;
  expect(evaluate(loss(model), { inputs, variables }).outputs.loss.data[0]).toBeCloseTo(want, 14);
});

it('gives taps at the points that are asked for', () => {
  const { outputs } = evaluate(denoise(model, ['block']), { inputs, variables });
  expect(Object.keys(outputs)).toEqual(['velocity', 'tap/block']);
  expect(outputs['tap/block'].shape).toEqual([2, 4, 8]);
  expect(() => denoise(model, ['blok'])).toThrow('no tap "blok"');
});

it('gives the central difference for every weight and for the image', () => {
  const program = grad(model, { inputs: ['x_t'] });
  const { outputs } = evaluate(program, { inputs, variables });
  const lossAt = (change: { inputs?: object; variables?: object }): number =>
    evaluate(loss(model), {
      inputs: { ...inputs, ...change.inputs },
      variables: { ...variables, ...change.variables },
    }).outputs.loss.data[0];
  const bumped = (x: Float64Array, at: number, by: number): Float64Array => x.with(at, x[at] + by) as Float64Array;
  const step = 1e-5;
  for (const weight of model.weights) {
    const { name } = weight.leaf;
    const value = variables[name];
    const at = value.data.length >> 1;
    const shifted = (by: number): number =>
      lossAt({ variables: { [name]: { ...value, data: bumped(value.data, at, by) } } });
    // Central differences are exact to step² ~ 1e-10 of the loss.
    expect(outputs[`grad/${name}`].data[at]).toBeCloseTo((shifted(step) - shifted(-step)) / (2 * step), 8);
  }
  const shifted = (by: number): number =>
    lossAt({ inputs: { x_t: { ...inputs.x_t, data: bumped(inputs.x_t.data, 9, by) } } });
  expect(outputs['grad_in/x_t'].data[9]).toBeCloseTo((shifted(step) - shifted(-step)) / (2 * step), 8);
});
