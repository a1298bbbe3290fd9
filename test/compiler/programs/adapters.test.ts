import { expect, it } from '@jest/globals';
import { evaluate } from '../../../src/compiler/ir/evaluate';
import type { NdArray } from '../../../src/compiler/ir/graph';
import { adapted } from '../../../src/compiler/programs/adapters';
import { denoise } from '../../../src/compiler/programs/denoise';
import { averageOf } from '../../../src/compiler/programs/optimizers/ema';
import { asTrained } from '../../../src/compiler/programs/trained';
import { trainStep, trainStepGiven, type TrainSettings } from '../../../src/compiler/programs/train-step';
import type { Adaptation } from '../../../src/compiler/recipe/adapt';
import { memoryOf } from '../../../src/compiler/report/memory';
import { trainedParameters } from '../../../src/compiler/report/trained';
import { mergedWeight } from '../../../src/run/merged-weight';
import { failureOf } from '../../support/failure';
import { array, normal, tinyModel, weightValues } from '../../support/tiny-model';

const adapt: Adaptation = { kind: 'lora', rank: 2, at: ['block', 'embed'], alpha: 3 };
const settings: TrainSettings = {
  objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-3, betas: [0.9, 0.999], eps: 1e-8, decay: 0.1 },
  ema: 0.9,
  labelDrop: 0,
  precision: 'f32',
  adapt,
};
const layers = ['embed', 'block.q', 'block.k', 'block.v', 'block.gate'];
const inputs = {
  x_t: normal([2, 3, 4, 4], 1),
  t: array([2], 0.3, 0.8),
  y: array([2], 1, 4),
};

/** Numbers for all weights of the adapted model, those of B by `up`. */
function valuesOf(up: (shape: readonly number[], i: number) => NdArray): { [name: string]: NdArray } {
  const { model, adapters } = adapted(tinyModel(), adapt);
  const zeros = new Map(adapters.map((a, i) => [a.up.leaf.name, up(a.up.shape as number[], i)]));
  return { ...weightValues(model), ...Object.fromEntries(zeros) };
}

function velocity(values: { [name: string]: NdArray }, withAdapters: boolean): readonly number[] {
  const model = withAdapters ? adapted(tinyModel(), adapt).model : tinyModel();
  return [...evaluate(denoise(model), { inputs, variables: values }).outputs.velocity.data];
}

it('computes what the model does while B is zero', () => {
  const values = valuesOf((shape) => ({ shape, data: new Float64Array(shape[0] * shape[1]) }));
  expect(velocity(values, true)).toEqual(velocity(values, false));
});

it('computes beside the layers what the merged weights compute', () => {
  const { adapters } = adapted(tinyModel(), adapt);
  const values = valuesOf((shape, i) => normal(shape, 50 + i, 0.5));
  const merged = adapters.map(({ base, down, up, scale }): [string, NdArray] => {
    const of = (name: string): { shape: readonly number[]; data: Float64Array } => values[name];
    expect(scale).toBe(1.5);
    const whole = { ...of(base.leaf.name), dtype: 'f32' as const };
    const { data } = mergedWeight(whole, { down: of(down.leaf.name), up: of(up.leaf.name), scale });
    return [base.leaf.name, { shape: whole.shape, data: Float64Array.from(data) }];
  });
  const [beside, inside] = [velocity(values, true), velocity({ ...values, ...Object.fromEntries(merged) }, false)];
  // Merged weights are rounded to float32.
  beside.forEach((x, i) => expect(Math.abs(x - inside[i])).toBeLessThan(1e-6));
  expect(beside).not.toEqual(velocity(values, false));
});

it('trains the adapters alone, and what `train` names beside them', () => {
  const labels = layers.flatMap((path) => [`${path}.lora_A.weight`, `${path}.lora_B.weight`]);
  const updated = (more: Partial<TrainSettings>): string[] =>
    trainStep(tinyModel(), { ...settings, ...more }).updates.map((u) => u.variable.leaf.name);
  const state = (paths: readonly string[]): string[] =>
    paths.flatMap((path) => [path, `m/${path}`, `v/${path}`, `ema/${path}`]);
  expect(updated({}).sort()).toEqual([...state(labels), 'step'].sort());
  expect(updated({ train: ['final'], freeze: ['*.bias'] }).sort()).toEqual(
    [...state([...labels, 'final.weight']), 'step'].sort(),
  );
  const { trained } = asTrained(tinyModel(), { adapt });
  expect(trained.map((w) => averageOf(w).leaf.name)).toEqual(labels.map((path) => `ema/${path}`));
});

it('has the gradients of finite differences in A and B', () => {
  const values = valuesOf((shape, i) => normal(shape, 50 + i, 0.5));
  const program = trainStepGiven(tinyModel(), { ...settings, ema: null });
  const given = { ...inputs, v_target: normal([2, 3, 4, 4], 2), rate: array([], 0), clip: array([], Infinity) };
  const step = array([], 0);
  const zeros = Object.fromEntries(
    program.updates
      .filter((u) => u.variable.leaf.role === 'moment')
      .map((u) => [
        u.variable.leaf.name,
        {
          shape: u.variable.shape as number[],
          data: new Float64Array(u.value.shape.reduce<number>((a, b) => a * Number(b), 1)),
        },
      ]),
  );
  const run = (changed: { [name: string]: NdArray }) =>
    evaluate(program, { inputs: given, variables: { ...zeros, ...values, ...changed, step } });
  const { updates } = run({});
  for (const name of ['block.q.lora_A.weight', 'embed.lora_B.weight']) {
    const { shape, data } = values[name];
    const h = 1e-5;
    const lossAt = (d: number): number => {
      const moved = Float64Array.from(data);
      moved[1] += d;
      return run({ [name]: { shape, data: moved } }).outputs.loss.data[0];
    };
    const slope = (lossAt(h) - lossAt(-h)) / (2 * h);
    // The first moment after one step is (1 - 0.9) times the gradient.
    const gradient = updates[`m/${name}`].data[1] / 0.1;
    expect(Math.abs(gradient - slope)).toBeLessThan(1e-7 * Math.max(1, Math.abs(slope)));
    expect(Math.abs(slope)).toBeGreaterThan(1e-5);
  }
});

it('counts adapters, and holds state for them alone', () => {
  const model = tinyModel();
  // Of rank 2: 2 · (12 + 8) for embed, 2 · (8 + 8) for each of four.
  expect(trainedParameters(model, { adapt })).toEqual({
    trained: 168,
    adapters: { layers: 5, parameters: 168 },
    frozen: 524,
  });
  const memory = memoryOf(model, settings);
  expect([memory.weights, memory.gradients, memory.optimizer, memory.ema]).toEqual([
    692 * 4,
    168 * 4,
    336 * 4,
    168 * 4,
  ]);
});

it('refuses patterns without a linear layer, and `freeze` without `train`', async () => {
  const failure = (choice: Parameters<typeof asTrained>[1]): Promise<string> =>
    failureOf(() => asTrained(tinyModel(), choice));
  expect(await failure({ adapt: { ...adapt, at: ['blokc'] } })).toMatch(
    /no weight `blokc` to adapt[^]*Did you mean block/,
  );
  expect(await failure({ adapt: { ...adapt, at: ['block', '*.norm'] } })).toMatch(/no linear layer at `\*\.norm`/);
  expect(await failure({ adapt, freeze: ['final'] })).toMatch(/`freeze` would have no effect/);
});
