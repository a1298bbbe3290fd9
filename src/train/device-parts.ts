/** How many parts each device computes its share of a batch in. */
// Tested by test/train/devices.test.ts.
import type { TrainRecipe } from '../compiler/recipe/index';
import { requireShared } from '../layouts/shares';

/** The least number of equal parts of a device's share of the batch that are no larger than the recipe's parts. */
export function partsOnDevice({ batch, accumulate = 1 }: TrainRecipe, devices: number): number {
  requireShared(batch, devices);
  const images = batch / devices;
  for (let parts = Math.ceil(accumulate / devices); parts < images; parts++) if (images % parts === 0) return parts;
  return images;
}
