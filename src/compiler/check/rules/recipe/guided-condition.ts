/** Guidance also runs the model without its condition, so training must have left the condition out at random. */
// Tested by test/compiler/check/rules/recipe.test.ts.
import { diagnose } from '../../../diagnostics/diagnostic';
import { guidedOver, trainedBy } from '../../../lower/left-out';
import { builtInGuidance } from '../../../recipe/sample';
import type { RecipeRule } from './rule';

export const guidedCondition: RecipeRule = ({ recipe, model, samples, samplePlace }) => {
  if (!model) return [];
  const trained = trainedBy(model, [recipe]);
  const kept = guidedOver(trained).filter((i) => !trained.conventions.leftOut?.includes(i.name));
  if (kept.length === 0) return [];
  const condition = kept.some((i) => i.kind === 'class') ? 'label' : 'text';
  return samples.flatMap((sample) => {
    const guidance = builtInGuidance(sample.guidance);
    if (!guidance || guidance.weak !== undefined || guidance.scale === 1) return [];
    return [diagnose('guidance-without-drop', samplePlace(sample, 'guidance'), { recipe: recipe.name, condition })];
  });
};
