import { expect, it } from '@jest/globals';
import { describeStage, stageAfter, stagesOf } from '../../../src/compiler/recipe/stages';
import { openSpec, recipeNamed } from '../../../src/spec/open';
import type { TrainRecipe } from '../../../src/compiler/recipe/index';

const recipeOf = (phases: string): TrainRecipe => {
  const text = `model M(size: Size = 8x8) {
  input noisy: image(size)
  input time: time(noise: 0, data: 1)
  output velocity: image(size) = noisy * time
}
train t of M {
  data = scenes(16)
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-3)
  drop = label(0.1)
  ema = 0.9
  batch = 8
  steps = 100
${phases}
}`;
  return recipeNamed(openSpec('m.weft', { text }).spec, null);
};

it('has one stage where phases change rates and clipping alone', () => {
  const recipe = recipeOf('phase at 50 { optimizer.rate = 1e-4 clip = norm(1) }');
  expect(stagesOf(recipe)).toEqual([{ from: 0, until: 100, recipe, hyperparameters: {} }]);
  expect(recipe.phases[0]).not.toHaveProperty('changes');
});

it('puts the settings of each phase in place of those before, and keeps them', () => {
  const recipe = recipeOf(`phase at 0 { size = 4x4 batch = 16 }
phase at 30 { optimizer.rate = 1e-4 }
phase at 40 { size = 8x8 }
phase at 60 { drop = label(0.5) ema = 0.99 precision = bf16 }`);
  const stages = stagesOf(recipe);
  expect(stages.map((s) => [s.from, s.until, s.hyperparameters.size, s.recipe.batch, s.recipe.labelDrop])).toEqual([
    [0, 40, '4x4', 16, 0.1],
    [40, 60, '8x8', 16, 0.1],
    [60, 100, '8x8', 16, 0.5],
  ]);
  expect(stages[2].recipe).toMatchObject({ ema: 0.99, precision: 'bf16', phases: recipe.phases, steps: 100 });
  expect(stages.map((s, i) => describeStage(s, stages[i - 1] ?? null, recipe))).toEqual([
    'size 4x4, batch 16',
    'size 8x8',
    'precision bf16, ema 0.99, other drop',
  ]);
});

it('finds the stage of a step, and the last one after the end', () => {
  const stages = stagesOf(recipeOf('phase at 40 { batch = 4 }'));
  expect([0, 39, 40, 99, 100].map((done) => stageAfter(stages, done).from)).toEqual([0, 0, 40, 40, 40]);
});

it('leaves out phases after the end', () => {
  expect(stagesOf({ ...recipeOf('phase at 40 { batch = 4 }'), steps: 40 })).toHaveLength(1);
});
