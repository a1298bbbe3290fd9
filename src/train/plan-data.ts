/** Finds the recipe whose data are to be shown, and the model that is trained on them. */
// Tested by test/cli/data.test.ts.
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import type { SettingsReader } from '../compiler/sections/keys';
import { elaborateModel, openSpec, recipeNamed, requireFit, studyNamed } from '../spec/open';
import { refuseSaidTwice, trainOptions } from '../spec/said-twice';
import { recipeWith, settingsFor } from '../spec/settings';
import { withRequest, type RunRequest } from './plan';

/** For a study, the model is the first case that can be built: all cases are trained on the same data. */
export function planData(
  file: string,
  name: string | null,
  request: Pick<RunRequest, 'data' | 'seed' | 'set'>,
): { readonly model: ModelGraph; readonly recipe: TrainRecipe } {
  const { spec } = openSpec(file);
  const written = recipeNamed(spec, name);
  const set = settingsFor(spec, written.model, request.set, reader);
  refuseSaidTwice(trainOptions, { data: request.data, seed: request.seed }, set.sections.train);
  const recipe = withRequest(recipeWith(spec, written, set), { data: request.data, seed: request.seed });
  const study = studyNamed(spec, recipe.model);
  const first = study
    ? study.cases.map(({ elaborate }) => elaborate(set.model).model).find((model) => model !== null)
    : elaborateModel(spec, recipe.model, set.model);
  if (first) {
    requireFit(spec, recipe, first);
    return { model: first, recipe };
  }
  throw new WeftError(
    `None of the cases of ${recipe.model} can be built.`,
    `See why: weft inspect ${file}#${recipe.model}.`,
  );
}

const reader: SettingsReader = { reason: 'weft data reads those of train alone', sections: ['train'] };
