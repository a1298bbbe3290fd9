/** An objective that is declared in the language must give a loss for the model that a section trains. */
// Tested by test/diagnostics/cases.test.ts.
import type { BoundSpec } from '../bind/bind';
import { declaredMethod } from '../bind/rules/sections';
import type { Diagnostic } from '../diagnostics/diagnostic';
import { input } from '../ir/graph';
import type { LoadedFile } from '../link/load';
import { flowProblem, noisyImageOf } from '../lower/conventions';
import type { ModelGraph } from '../lower/model';
import { elaborateObjective } from '../lower/objective/elaborate';
import { keepsAverages } from '../recipe/optimizers';
import { averageOf, startOf } from '../programs/optimizers/ema';
import type { TrainRecipe } from '../recipe/index';
import type { Place } from '../sections/schema';

/** The errors of the objective with `model`; none if the model cannot be trained, which is reported elsewhere. */
export function checkObjective(
  file: LoadedFile,
  bound: Pick<BoundSpec, 'names' | 'canBuild'>,
  { place, recipe, model }: { readonly place: Place; readonly recipe: TrainRecipe | null; readonly model: ModelGraph },
): readonly Diagnostic[] {
  const call = place('objective');
  const declaration = call && declaredMethod(file, 'objective', call);
  const image = noisyImageOf(model);
  const hasTime = model.inputs.some((i) => i.kind === 'time');
  if (!declaration || !image || !hasTime || flowProblem(model) || !bound.canBuild(declaration)) return [];
  let draws = 0;
  const { diagnostics } = elaborateObjective(
    model,
    { declaration, call, names: bound.names },
    {
      x0: input('x0', image.value.shape),
      seed: input('seed', [2], 'i32'),
      nextStream: () => draws++,
      conditions: new Map(),
      averageOf: recipe && keepsAverages(recipe) ? averageOf : null,
      startOf,
      batchParts: recipe?.accumulate ?? 1,
    },
  );
  return diagnostics;
}
