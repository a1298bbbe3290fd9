/** A run with a checkpoint interval must be saved at least once by its end. */
// Tested by test/compiler/check/rules/recipe.test.ts.
import { diagnose } from '../../../diagnostics/diagnostic';
import type { RecipeRule } from './rule';

export const checkpointInterval: RecipeRule = ({ recipe: { checkpoint, steps }, place, isGiven }) => {
  if (checkpoint <= steps || !isGiven('checkpoint')) return [];
  const what = `A checkpoint is written every ${checkpoint} steps`;
  return [diagnose('beyond-the-run', place('checkpoint'), { what, steps, effect: 'a stop before that loses all' })];
};
