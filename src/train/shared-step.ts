/** The step of a recipe for several devices, or for parts that draw what the whole batch would. */
// Tested by test/train/devices.test.ts.
import type { SharedStep } from '../backends/session';
import type { ModelGraph } from '../compiler/lower/model';
import { splitStep } from '../compiler/programs/split-step';
import type { TrainRecipe } from '../compiler/recipe/index';
import { partsOnDevice } from './device-parts';
import { parallelOf } from './parallel';

/** Null if one device computes the batch at once. */
export function sharedStep(model: ModelGraph, recipe: TrainRecipe, devices: number): SharedStep | null {
  const parts = partsOnDevice(recipe, devices);
  if (devices * parts === 1) return null;
  const parallel = parallelOf(model, recipe, devices);
  const how = { name: 'train_step', devices, parallel, parts, batch: recipe.batch };
  return { ...how, ...splitStep(model, recipe, devices * parts) };
}
