/** The average of the weights must be shorter than the run; otherwise it is still close to the initial weights at the end. */
// Tested by test/compiler/check/rules/recipe.test.ts.
import { averagesOf } from '../../../recipe/averages';
import { diagnose } from '../../../diagnostics/diagnostic';
import type { RecipeRule } from './rule';

/** The largest share that the initial weights may have in the average at the end. */
const mostLeft = 0.05;

export const averageLength: RecipeRule = ({ recipe: { ema, steps }, place }) =>
  averagesOf(ema).flatMap(({ average }) => {
    // A power function spans a share of the run.
    if (typeof average !== 'number' || average ** steps <= mostLeft) return [];
    const left = Math.round(100 * average ** steps);
    const better = Math.max(0, Number((1 - 5 / steps).toPrecision(3)));
    return [diagnose('average-too-long', place('ema'), { ema: average, steps, left, better })];
  });
