/** Guidance leads away from the model without its condition, which it must have been trained without now and then. */
import { diagnose, type Diagnostic } from '../../../diagnostics/diagnostic';
import { hasCondition } from '../../../programs/guided';
import { textOf, type ModelGraph } from '../../../lower/model';
import type { TrainRecipe } from '../../../lower/recipe';
import type { Span } from '../../../source';
import type { RecipeRule } from './rule';

export const guidedCondition: RecipeRule = ({ recipe, model, samples, samplePlace }) => {
  const kept = model ? keptConditions(model, recipe) : [];
  return samples.flatMap((sample) => {
    const { guidance } = sample;
    if (!model || !guidance || guidance.weak !== undefined || guidance.scale === 1) return [];
    const given = givenKept(recipe, model, samplePlace(sample, 'guidance'));
    if (kept.length === 0) return given;
    const facts = { recipe: recipe.name, condition: kept[0] };
    return [...given, diagnose('guidance-without-drop', samplePlace(sample, 'guidance'), facts)];
  });
};

/** Conditions that a recipe gives and leaves out now and then: guidance does not lead away from them. */
function givenKept(recipe: TrainRecipe, model: ModelGraph, place: Span): Diagnostic[] {
  const names = Object.entries(recipe.givenDrop ?? {}).flatMap(([name, drop]) => (drop > 0 ? [`\`${name}\``] : []));
  if (names.length === 0) return [];
  const facts = { recipe: recipe.name, inputs: names.join(', ') };
  if (!hasCondition(model)) return [diagnose('guidance-over-given', place, { ...facts, model: model.name })];
  return [diagnose('guidance-keeps-given', place, facts)];
}

/** The conditions of a model that its recipe never leaves out. */
function keptConditions(model: ModelGraph, { labelDrop, textDrop = 0 }: TrainRecipe): ('label' | 'text')[] {
  const isClassed = model.inputs.some((i) => i.kind === 'class');
  return [
    ...(isClassed && labelDrop === 0 ? (['label'] as const) : []),
    ...(textOf(model) && textDrop === 0 ? (['text'] as const) : []),
  ];
}
