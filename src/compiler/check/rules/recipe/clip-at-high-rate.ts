/** At a high learning rate, gradients should be clipped: otherwise one bad batch can ruin the run. */
// Tested by test/compiler/check/rules/recipe.test.ts.
import { diagnose } from '../../../diagnostics/diagnostic';
import { optimizerName } from '../../../recipe/optimizers';
import type { RecipeRule } from './rule';

/** Ten times the reference's rate. The length of Muon's steps does not depend on the size of the gradient. */
const highRate = 1e-3;

export const clipAtHighRate: RecipeRule = ({ recipe: { optimizer, clip, phases }, place }) => {
  const isClipped = clip !== null || phases.some((p) => p.clip !== null);
  if (optimizer.kind === 'muon' || isClipped || optimizer.rate <= highRate) return [];
  const { rate } = optimizer;
  return [diagnose('no-clip', place('optimizer.rate'), { kind: optimizerName(optimizer), rate })];
};
