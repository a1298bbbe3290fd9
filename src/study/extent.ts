/** The steps and the batch of the cases of a study, which a recipe may compute from their hyper-parameters. */
// Tested by test/study/table.test.ts.
import type { TrainRecipe } from '../compiler/recipe/index';

/** A number of all cases; the least and the most where it depends on the case. */
export type OfCases = number | readonly [least: number, most: number];

export interface Extent {
  /** Steps of a run. */
  readonly steps: OfCases;
  /** Images of a step. */
  readonly batch: OfCases;
}

/** The extent of recipes, of which there is at least one. */
export function extentOf(recipes: readonly Pick<TrainRecipe, 'steps' | 'batch'>[]): Extent {
  return { steps: ofCases(recipes.map((r) => r.steps)), batch: ofCases(recipes.map((r) => r.batch)) };
}

function ofCases(numbers: readonly number[]): OfCases {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? least : [least, most];
}

/** `3 steps of 4`, `3 to 6 steps of 4` */
export function renderExtent({ steps, batch }: Extent): string {
  return `${written(steps)} ${steps === 1 ? 'step' : 'steps'} of ${written(batch)}`;
}

function written(n: OfCases): string {
  const count = (x: number): string => x.toLocaleString('en-US');
  return typeof n === 'number' ? count(n) : n.map(count).join(' to ');
}
