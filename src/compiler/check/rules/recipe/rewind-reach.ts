/** A run that may go back some steps must be longer than these. */
// Tested by test/compiler/check/rules/recipe.test.ts.
import { counted } from '../../../diagnostics/counted';
import { diagnose } from '../../../diagnostics/diagnostic';
import type { RecipeRule } from './rule';

export const rewindReach: RecipeRule = ({ recipe: { onSpike, steps }, place }) => {
  if (onSpike === undefined || onSpike.steps < steps) return [];
  const what = `A spike undoes at least ${counted(onSpike.steps, 'step')}`;
  const effect = 'each return begins again at its start';
  return [diagnose('beyond-the-run', place('on_spike.steps'), { what, steps, effect })];
};
