/** The warm-up of the learning rate must end before the run does. */
// Tested by test/compiler/check/rules/recipe.test.ts.
import { diagnose } from '../../../diagnostics/diagnostic';
import type { RecipeRule } from './rule';

export const warmupLength: RecipeRule = ({ recipe: { warmup, steps }, place }) => {
  if (warmup < steps || warmup === 0) return [];
  const what = `The rate rises over ${warmup} steps`;
  return [diagnose('beyond-the-run', place('warmup'), { what, steps, effect: 'it never gets to where it should' })];
};
