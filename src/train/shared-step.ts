/** The step of a recipe for several devices, or for parts that draw what the whole batch would. */
// Tested by test/train/devices.test.ts.
import type { SharedStep } from '../backends/session';
import type { ModelGraph } from '../compiler/lower/model';
import { splitStep } from '../compiler/programs/split-step';
import type { TrainRecipe } from '../compiler/recipe/index';
import { requireShared } from '../layouts/shares';

/** Null if one device computes the batch at once. */
export function sharedStep(model: ModelGraph, recipe: TrainRecipe, devices: number): SharedStep | null {
  const parts = partsOnDevice(recipe, devices);
  const { batch } = recipe;
  if (devices * parts === 1) return null;
  const { first, micro, update, shared } = splitStep(model, recipe, devices * parts);
  return { name: 'train_step', devices, parts, batch, first, micro, update, sums: shared };
}

/** The least number of equal parts of a device's share of the batch that are no larger than the recipe's parts. */
export function partsOnDevice({ batch, accumulate = 1 }: TrainRecipe, devices: number): number {
  requireShared(batch, devices);
  const images = batch / devices;
  for (let parts = Math.ceil(accumulate / devices); parts < images; parts++) if (images % parts === 0) return parts;
  return images;
}
