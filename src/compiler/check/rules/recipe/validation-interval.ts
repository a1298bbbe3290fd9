/** A run with held-out images must look at them at least once before its last step. */
// Tested by test/compiler/check/rules/recipe.test.ts.
import { diagnose } from '../../../diagnostics/diagnostic';
import type { RecipeRule } from './rule';

export const validationInterval: RecipeRule = ({ recipe: { validate, steps }, place }) => {
  if (validate === undefined || validate.every < steps) return [];
  const what = `The loss on held-out images is computed every ${validate.every} steps`;
  const effect = 'it is computed at its end alone, so no step before can be the best';
  return [diagnose('beyond-the-run', place('validate.every'), { what, steps, effect })];
};
