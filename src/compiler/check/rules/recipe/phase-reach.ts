/** Every phase begins before the run ends. */
// Tested by test/compiler/check/rules/recipe.test.ts.
import { diagnose } from '../../../diagnostics/diagnostic';
import type { RecipeRule } from './rule';

export const phaseReach: RecipeRule = ({ recipe: { phases, steps }, place }) =>
  phases.flatMap(({ at }, i) => {
    if (at < steps) return [];
    const facts = { what: `This phase begins at step ${at}`, steps, effect: 'it never comes' };
    return [diagnose('beyond-the-run', place(`phase ${i}`), facts)];
  });
