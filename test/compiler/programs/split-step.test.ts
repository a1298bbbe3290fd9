/** The halves of a train step do together what the whole does. */
import { expect, it } from '@jest/globals';
import { evaluate, type Arrays } from '../../../src/compiler/ir/evaluate';
import { variablesOf, type Program } from '../../../src/compiler/ir/graph';
import { ops } from '../../../src/compiler/ops';
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

/** What the sums lead to, once their norm is known. */
function moving(measure: Program, update: Program, variables: Arrays): ReturnType<typeof evaluate> {
  const { updates } = evaluate(measure, { inputs: {}, variables });
  return evaluate(update, { inputs: how, variables: { ...variables, ...updates } });
}

it.each(['none', 'blocks'] as const)(
  'sums gradients, then moves what the whole step moves (%s recomputed)',
  (recompute) => {
    const whole = trainStep(model, { ...settings, recompute });
    const { first, micro, measure, update, shared } = splitStep(model, { ...settings, recompute });
    const state = stateOf(whole, micro, update);
    const expected = evaluate(whole, { inputs: { ...images, ...how }, variables: state });
    const summed = evaluate(micro, { inputs: images, variables: state });
    expect(evaluate(first, { inputs: images, variables: state })).toEqual(summed);
    expect(summed.outputs.loss).toEqual(expected.outputs.loss);
    expect(Object.keys(summed.updates).sort()).toEqual(shared.map((s) => s.leaf.name).sort());
    const moved = moving(
      measure(() => true),
      update,
      { ...state, ...summed.updates },
    );
    expect(moved.outputs.grad_norm.data[0]).toBeGreaterThan(0.3);
    expect(moved).toEqual(expected);
    // A second micro-batch adds as much again.
    const twice = evaluate(micro, { inputs: images, variables: { ...state, ...summed.updates } });
    const [name] = Object.keys(summed.updates);
    const [once, both] = [summed, twice].map((s) => [...s.updates[name].data]);
    expect(both).toEqual(once.map((x) => 2 * x));
  },
);

it.each([
  ['loss', { 'sum/loss/0': NaN }],
  ['gradients', { 'sum/final.weight': Infinity }],
])('changes nothing where the %s of the sums are not finite, as the whole step', (_, broken) => {
  const { first, measure, update } = splitStep(model, settings);
  const state = {
    ...stateOf(first, update),
    ...evaluate(first, { inputs: images, variables: stateOf(first) }).updates,
  };
  const sums = Object.entries(broken).map(([name, x]) => [
    name,
    { ...state[name], data: state[name].data.map(() => x) },
  ]);
  const { outputs, updates } = moving(
    measure(() => true),
    update,
    { ...state, ...Object.fromEntries(sums) },
  );
  expect(outputs.finite.data[0]).toBe(0);
  for (const { leaf, shape } of model.weights)
    expect(updates[leaf.name]).toEqual({ shape, data: state[leaf.name].data });
});

it('draws in parts what the whole batch draws, also inside the model', () => {
  const { velocity } = model.outputs;
  const dropping = { ...model, outputs: { velocity: ops.dropout(velocity, { rate: 0.5, over: 'elements' }) } };
  const whole = trainStep(dropping, settings);
  const { first, micro, measure, update } = splitStep(dropping, settings, 2);
  const state = stateOf(whole, first);
  const [x0, y, seed] = [normal([4, 3, 4, 4], 1), array([4], 1, 3, 0, 2), array([], 5)];
  const expected = evaluate(whole, { inputs: { x0, y, seed, ...how }, variables: state });
  const part = (at: number): Arrays => ({
    x0: { shape: [2, 3, 4, 4], data: x0.data.slice(at * 96, (at + 1) * 96) },
    y: array([2], ...y.data.slice(at * 2, at * 2 + 2)),
    seed,
    micro: array([], at),
  });
  const one = evaluate(first, { inputs: part(0), variables: state }).updates;
  const both = evaluate(micro, { inputs: part(1), variables: { ...state, ...one } }).updates;
  const moved = moving(
    measure(() => true),
    update,
    { ...state, ...both },
  );
  for (const [name, { data }] of Object.entries({ ...expected.outputs, ...expected.updates }))
    data.forEach((x, i) => expect({ ...moved.outputs, ...moved.updates }[name].data[i]).toBeCloseTo(x, 9));
});

it('measures the gradients of some weights, which add up to those of all', () => {
  const { first, measure, squares } = splitStep(model, settings);
  const { updates: variables } = evaluate(first, { inputs: images, variables: stateOf(first) });
  const of = (owns: Parameters<typeof measure>[0]): number =>
    evaluate(measure(owns), { inputs: {}, variables }).updates[squares[0].leaf.name].data[0];
  const isBlock = (w: (typeof model.weights)[number]): boolean => w.leaf.name.startsWith('block.');
  expect(of(isBlock) + of((w) => !isBlock(w))).toBeCloseTo(
    of(() => true),
    12,
  );
  expect(of(() => false)).toBe(0);
});

it('comes to the gradients of the last layers first', () => {
  const { micro } = splitStep(model, settings);
  const names = micro.updates.map((u) => u.variable.leaf.name);
  expect(names.indexOf('sum/final.weight')).toBeLessThan(names.indexOf('sum/block.gate.weight'));
  expect(names.indexOf('sum/block.gate.weight')).toBeLessThan(names.indexOf('sum/embed.weight'));
});
