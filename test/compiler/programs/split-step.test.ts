/** The halves of a train step do together what the whole does. */
import { expect, it } from '@jest/globals';
import { evaluate, type Arrays } from '../../../src/compiler/ir/evaluate';
import { variablesOf, type Program } from '../../../src/compiler/ir/graph';
import { splitStep } from '../../../src/compiler/programs/split-step';
import { trainStep, type TrainSettings } from '../../../src/compiler/programs/train-step';
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
const images = { x0: normal([2, 3, 4, 4], 1), y: array([2], 1, 3), seed: array([], 5) };
const how = { rate: array([], 1e-2), clip: array([], 0.3) };

/** Weights and averages as drawn, all else zero. */
function stateOf(...programs: readonly Program[]): Arrays {
  return Object.fromEntries(
    programs.flatMap(variablesOf).map(({ leaf, shape }) => {
      const size = shape.reduce<number>((a, d) => a * Number(d), 1);
      const drawn = weights[leaf.name.replace(/^ema\//, '')];
      return [leaf.name, drawn ?? { shape: shape.map(Number), data: new Float64Array(size) }];
    }),
  );
}

it.each(['none', 'blocks'] as const)(
  'sums gradients, then moves what the whole step moves (%s recomputed)',
  (recompute) => {
    const whole = trainStep(model, { ...settings, recompute });
    const { micro, update, sums } = splitStep(model, { ...settings, recompute });
    const state = stateOf(whole, micro, update);
    const expected = evaluate(whole, { inputs: { ...images, ...how }, variables: state });
    const summed = evaluate(micro, { inputs: images, variables: state });
    expect(summed.outputs.loss).toEqual(expected.outputs.loss);
    expect(Object.keys(summed.updates).sort()).toEqual(sums.map((s) => s.leaf.name).sort());
    const moved = evaluate(update, {
      inputs: { ...how, loss: summed.outputs.loss },
      variables: { ...state, ...summed.updates },
    });
    expect(moved.outputs.grad_norm.data[0]).toBeGreaterThan(0.3);
    expect(moved.updates).toEqual(expected.updates);
    // A second micro-batch adds as much again.
    const twice = evaluate(micro, { inputs: images, variables: { ...state, ...summed.updates } });
    const [name] = Object.keys(summed.updates);
    const [once, both] = [summed, twice].map((s) => [...s.updates[name].data]);
    expect(both).toEqual(once.map((x) => 2 * x));
  },
);

it('comes to the gradients of the last layers first', () => {
  const { micro } = splitStep(model, settings);
  const names = micro.updates.map((u) => u.variable.leaf.name);
  expect(names.indexOf('sum/final.weight')).toBeLessThan(names.indexOf('sum/block.gate.weight'));
  expect(names.indexOf('sum/block.gate.weight')).toBeLessThan(names.indexOf('sum/embed.weight'));
});
