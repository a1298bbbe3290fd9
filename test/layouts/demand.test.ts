/** What a recipe asks of devices: state by hand, and work at any batch against the program of that batch. */
import { expect, it } from '@jest/globals';
import { checkFile } from '../../src/compiler/compile';
import type { ModelGraph } from '../../src/compiler/lower/model';
import { splitStep } from '../../src/compiler/programs/split-step';
import type { TrainRecipe } from '../../src/compiler/recipe/index';
import { costsOf, usualBindings } from '../../src/compiler/report/costs';
import { boundModel } from '../../src/compiler/lower/bound-model';
import { workOf, type StepWork } from '../../src/compiler/report/step-work';
import { demandOf, inBatch } from '../../src/layouts/demand';
import { readSpec } from '../support/compile';

function recipeOf(file: string, name: string): { model: ModelGraph; recipe: TrainRecipe; teacher: ModelGraph | null } {
  const spec = checkFile(file, readSpec, { elaborateModels: false });
  const recipe = spec.recipes.find((r) => r.name === name)!;
  const { align } = recipe;
  const teacher =
    align && typeof align.teacher !== 'string' ? spec.elaborate(align.teacher.model, align.teacher.set).model : null;
  return { model: spec.elaborate(recipe.model).model!, recipe, teacher };
}

it.each([
  ['test/cli/tiny-t2i.weft', 'quick'],
  ['test/cli/tiny-moe.weft', 'quick'],
])('knows the work of any batch from two of them: %s#%s', (file, name) => {
  const { model, recipe } = recipeOf(file, name);
  for (const recompute of ['none', 'blocks'] as const) {
    const bindings = { ...usualBindings(model), ...(recipe.text && { text: recipe.text.length }), batch: 7 };
    const expected = workOf(splitStep(boundModel(model, bindings), { ...recipe, recompute }).micro);
    const found = demandOf(model, recipe).micro(recompute, 7);
    const withoutBytes = (work: StepWork): object => ({
      ...work,
      kernels: work.kernels.map((k) => ({ ...k, bytes: 0 })),
    });
    expect(withoutBytes(found)).toEqual(withoutBytes(expected));
    // What is read of a small table stops growing once all of it is read, which two batches do not show.
    const bytes = (work: StepWork): number => work.kernels.reduce((sum, k) => sum + k.bytes, 0);
    expect(bytes(found) / bytes(expected)).toBeGreaterThanOrEqual(1);
    expect(bytes(found) / bytes(expected)).toBeLessThan(1.01);
  }
});

it('reads the program of a batch itself where kernels come and go with the batch', () => {
  const asked: number[] = [];
  const work = inBatch((batch) => {
    asked.push(batch);
    const kernel = { pass: 'forward', products: 0, half: false, bytes: batch, ofState: false } as const;
    return { kernels: Array.from({ length: batch }, () => kernel), held: [], heldSharded: [], products: 0 };
  });
  expect(work(7).kernels).toHaveLength(7);
  expect(asked).toEqual([3, 5, 7]);
});

it('counts state and units by hand', () => {
  const { model, recipe } = recipeOf('test/layouts/imagenet.weft', 'small');
  const { state, units, imageProducts } = demandOf(model, recipe);
  const sizeOf = (prefix: string): number =>
    model.weights
      .filter((w) => w.leaf.name.startsWith(prefix))
      .reduce((sum, w) => sum + w.shape.reduce<number>((a, d) => a * Number(d), 1), 0);
  const weights = sizeOf('');
  expect(state).toEqual({
    weights: 4 * weights,
    gradients: 4 * weights,
    optimizer: 8 * weights,
    averages: 4 * weights,
    teacher: 0,
  });
  // Two DiT blocks, and one PiT block that is larger.
  expect(units).toEqual({
    all: weights,
    trained: weights,
    root: weights - sizeOf('patch_blocks.') - sizeOf('pixel_blocks.'),
    largestBlock: sizeOf('pixel_blocks.'),
    largestTrainedBlock: sizeOf('pixel_blocks.'),
  });
  // Three forward passes; nobody wants the gradients of the image.
  expect(imageProducts / 3 / costsOf(model).flops).toBeCloseTo(1, 2);
});

it('counts a teacher that is a model, and no gradients of what is frozen', () => {
  const { model, recipe, teacher } = recipeOf('specs/examples/aligned.weft', 'aligned');
  const demand = demandOf(model, recipe, teacher);
  const sizes = teacher!.weights.map((w) => w.shape.reduce<number>((a, d) => a * Number(d), 4));
  const whole = sizes.reduce((a, b) => a + b, 0);
  // The encoder's last layers give no tokens and are not held.
  expect(demand.state.teacher).toBeGreaterThan(0.5 * whole);
  expect(demand.state.teacher).toBeLessThanOrEqual(whole);
  expect(demand.teacher(4)!.kernels.every((k) => k.pass === 'forward')).toBe(true);
  const frozen = demandOf(model, { ...recipe, freeze: ['patch_blocks'] }, teacher);
  expect(frozen.state.gradients).toBeLessThan(demand.state.gradients);
  expect(frozen.state.weights).toBe(demand.state.weights);
  expect(frozen.units.trained).toBeLessThan(frozen.units.all);
});
