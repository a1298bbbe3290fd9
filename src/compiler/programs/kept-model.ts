/** Builds a model from the text that a recipe keeps. */
// Tested by test/compiler/lower/objective/teacher.test.ts.
import { WeftError } from '../diagnostics/diagnostic';
import { elaborate } from '../lower/elaborate';
import type { ModelGraph } from '../lower/model';
import type { Declared } from '../recipe/declared';
import { keptFile, refuseErrors } from './kept-method';

const built = new WeakMap<Declared, ModelGraph>();

/** The model that a recipe keeps; throws if it has errors. */
export function keptModel(kept: Declared): ModelGraph {
  const known = built.get(kept);
  if (known) return known;
  const variant = 'KeptModel';
  const { file, bound } = keptFile('the model of the recipe', `${kept.text}\nmodel ${variant} = ${kept.call}\n`);
  const declaration = file.visible.get(variant)?.declaration;
  if (declaration?.kind !== 'variant')
    throw new WeftError(`The recipe does not hold the text of its model ${kept.call}.`);
  const { model, diagnostics } = elaborate(bound.names, { file, declaration });
  refuseErrors(diagnostics);
  if (!model) throw new WeftError(`The model ${kept.call} of the recipe cannot be built.`);
  const named = { ...model, name: kept.call.replace(/\(.*/s, '') };
  built.set(kept, named);
  return named;
}

/** Whether a model that a recipe keeps has no errors. */
export function canKeep(kept: Declared): boolean {
  try {
    keptModel(kept);
    return true;
  } catch (error) {
    if (error instanceof WeftError) return false;
    throw error;
  }
}
