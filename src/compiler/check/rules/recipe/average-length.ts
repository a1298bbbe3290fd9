/** An average of weights is shorter than the run: else what is drawn from is still what the run began with. */
// Tested by test/compiler/check/rules/recipe.test.ts.
import { diagnose } from '../../../diagnostics/diagnostic';
import type { RecipeRule } from './rule';

/** How much of the first weights an average may still hold at the end. */
const mostLeft = 0.05;

export const averageLength: RecipeRule = ({ recipe: { ema, steps }, place }) => {
  if (ema === null || ema ** steps <= mostLeft) return [];
  const left = Math.round(100 * ema ** steps);
  const better = Math.max(0, Number((1 - 5 / steps).toPrecision(3)));
  return [diagnose('average-too-long', place('ema'), { ema, steps, left, better })];
};
