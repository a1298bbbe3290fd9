/** Warns of recipes whose step needs more memory than this machine has, which training would refuse. */
import { diagnose, WeftError, type Diagnostic } from '../compiler/diagnostics/diagnostic';
import type { Spec } from '../compiler/compile';
import { bindShape, staticSize } from '../compiler/ir/dims';
import { topological } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import { stepSizes } from './steps';

/** Recipes of a file that are looked at: each takes a moment, and in most files there are one or two. */
const mostRecipes = 8;

/** What there is to say of the memory of the recipes; `modelOf` gives the model of one, null where it has errors. */
export async function memoryNotes(
  spec: Spec,
  modelOf: (recipe: TrainRecipe) => ModelGraph | null,
): Promise<Diagnostic[]> {
  const found: Diagnostic[] = [];
  for (const recipe of spec.recipes.slice(0, mostRecipes)) {
    const place = spec.place('train', recipe.name, 'batch') ?? spec.place('train', recipe.name, 'data');
    const model = place && modelOf(recipe);
    if (!place || !model || isSmall(model, recipe)) continue;
    try {
      // All that training needs is read only where it may be too much.
      const { checkRoom } = await import('./before-data');
      await checkRoom(model, recipe, {});
    } catch (error) {
      if (!(error instanceof WeftError)) throw error;
      found.push(diagnose('memory-short', place, { problem: error.message, hint: error.hint ?? '' }));
    }
  }
  return found;
}

/** Bytes of a forward pass from which on a step is worth a closer look: even a hundred times as many fit on any backend. */
const small = 40 * 2 ** 20;

/** Whether a forward pass is so small that no step can be too large: building one to know better takes a second. */
function isSmall(model: ModelGraph, recipe: TrainRecipe): boolean {
  const sizes = stepSizes(recipe);
  const values = topological(Object.values(model.outputs));
  return values.reduce((sum, v) => sum + 4 * staticSize(bindShape(v.shape, sizes)), 0) < small;
}
