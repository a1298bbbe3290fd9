/** Guidance also runs the model without its condition, so training must have left the condition out at random. */
// Tested by test/compiler/check/rules/recipe.test.ts.
import { diagnose, type Diagnostic } from '../../../diagnostics/diagnostic';
import { guidedOver, trainedBy } from '../../../lower/left-out';
import { tellsOfText, type ModelGraph, type ModelInput } from '../../../lower/model';
import type { WalkUse } from '../../../programs/walk';
import type { TrainRecipe } from '../../../recipe/index';
import { builtInGuidance } from '../../../recipe/sample';
import type { Span } from '../../../source';
import type { RecipeRule } from './rule';

export const guidedCondition: RecipeRule = ({ recipe, model, samples, samplePlace }) => {
  if (!model) return [];
  const trained = trainedBy(model, [recipe]);
  const kept = guidedOver(trained).filter((i) => !isLeftOut(trained, i));
  if (kept.length === 0) return [];
  const condition = conditionOf(kept);
  const found: Diagnostic[] = [];
  for (const sample of samples) {
    const guidance = builtInGuidance(sample.guidance);
    if (!guidance || guidance.weak !== undefined || guidance.scale === 1) continue;
    found.push(diagnose('guidance-without-drop', samplePlace(sample, 'guidance'), { recipe: recipe.name, condition }));
    if (found.length === mostTold) break;
  }
  return found;
};

/** The most sample sections that are told for one recipe, since a file may have thousands of both. */
const mostTold = 20;

/** The same of a guidance of the language, by what its branches leave out. */
export function leftOutIn(
  { without }: WalkUse,
  { model, recipe, place }: { readonly model: ModelGraph; readonly recipe: TrainRecipe; readonly place: Span },
): readonly Diagnostic[] {
  const trained = trainedBy(model, [recipe]);
  const kept = trained.inputs.filter((i) => without.includes(i.name) && !isLeftOut(trained, i));
  if (kept.length === 0) return [];
  return [diagnose('guidance-without-drop', place, { recipe: recipe.name, condition: conditionOf(kept) })];
}

function isLeftOut({ conventions }: ModelGraph, { name }: ModelInput): boolean {
  return conventions.leftOut?.includes(name) ?? false;
}

/** What `drop` calls the first of some inputs, a class before others. */
function conditionOf(kept: readonly ModelInput[]): string {
  if (kept.some((i) => i.kind === 'class')) return 'label';
  return tellsOfText(kept[0]) ? 'text' : kept[0].name;
}
