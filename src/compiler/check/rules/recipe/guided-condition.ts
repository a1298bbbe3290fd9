/** Guidance leads away from the model without its condition, which it must have been trained without now and then. */
import { diagnose } from '../../../diagnostics/diagnostic';
import { textOf, type ModelGraph } from '../../../lower/model';
import type { TrainRecipe } from '../../../lower/recipe';
import type { RecipeRule } from './rule';

export const guidedCondition: RecipeRule = ({ recipe, model, samples, samplePlace }) => {
  const kept = model ? keptConditions(model, recipe) : [];
  return samples.flatMap((sample) => {
    const { guidance } = sample;
    if (kept.length === 0 || !guidance || guidance.weak !== undefined || guidance.scale === 1) return [];
    const facts = { recipe: recipe.name, condition: kept[0] };
    return [diagnose('guidance-without-drop', samplePlace(sample, 'guidance'), facts)];
  });
};

/** The conditions of a model that its recipe never leaves out. */
function keptConditions(model: ModelGraph, { labelDrop, textDrop = 0 }: TrainRecipe): ('label' | 'text')[] {
  const isClassed = model.inputs.some((i) => i.kind === 'class');
  return [
    ...(isClassed && labelDrop === 0 ? (['label'] as const) : []),
    ...(textOf(model) && textDrop === 0 ? (['text'] as const) : []),
  ];
}
