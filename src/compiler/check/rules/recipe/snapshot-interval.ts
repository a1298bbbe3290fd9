/** A run that copies its averages must do so before its last step. */
// Tested by test/compiler/check/rules/recipe.test.ts.
import { diagnose } from '../../../diagnostics/diagnostic';
import type { RecipeRule } from './rule';

export const snapshotInterval: RecipeRule = ({ recipe: { snapshotEvery, steps }, place }) => {
  if (snapshotEvery === undefined || snapshotEvery < steps) return [];
  const what = `Averages are copied every ${snapshotEvery} steps`;
  const effect = 'they are copied at its end alone, of which no other average can be made';
  return [diagnose('beyond-the-run', place('snapshot_every'), { what, steps, effect })];
};
