/** Settings given by `--set` or by a program: divided into hyper-parameters and section settings, which replace a spec's own. */
// Tested by test/compiler/sections/keys.test.ts.
import type { Spec } from '../compiler/compile';
import type { Diagnostic } from '../compiler/diagnostics/diagnostic';
import { namesOfModel } from '../compiler/recipe/hyperparameters';
import type { ExportSettings, SampleSettings, TrainRecipe } from '../compiler/recipe/index';
import { exportWith } from '../compiler/sections/export';
import {
  divideSettings,
  type DividedSettings,
  type GivenSettings,
  type SettingsReader,
} from '../compiler/sections/keys';
import type { SettingEntry } from '../compiler/syntax/ast';
import type { Trained } from '../compiler/sections/read';
import { studyNamed } from './open';
import { SpecError } from './spec-error';

/**
 * The settings for a model, or for the study with this name. Throws a `SpecError` if a key is not known, or has no meaning for
 * the command that reads them.
 */
export function settingsFor(
  spec: Spec,
  model: string,
  given: GivenSettings = {},
  reader: SettingsReader,
): Omit<DividedSettings, 'diagnostics'> {
  const models = studyNamed(spec, model)?.cases.map((c) => c.model) ?? [model];
  const names = [...new Set(models.flatMap((name) => Object.keys(spec.hyperparameters(name))))];
  const { diagnostics, ...divided } = divideSettings(given, names, reader);
  throwErrors(diagnostics);
  return divided;
}

/** What is set by hand for a recipe: hyper-parameters of its model, and settings that replace its own. */
type SetRecipe = Pick<ReturnType<typeof settingsFor>, 'model'> & {
  readonly sections: { readonly train: readonly SettingEntry[] };
};

/** A recipe of the spec with what is set by hand; for a study, with the values of a case, or of its first. */
export function recipeWith(
  spec: Spec,
  recipe: TrainRecipe,
  { model, sections }: SetRecipe,
  studied?: string,
): TrainRecipe {
  if (sections.train.length === 0 && Object.keys(model).length === 0 && studied === undefined) return recipe;
  const found = spec.recipeWith(recipe.name, sections.train, { set: model, case: studied });
  throwErrors(found.diagnostics);
  return found.recipe ?? recipe;
}

/**
 * The changes that settings make to a recipe of the spec, to be applied to a recipe read earlier, such as that of a run. `trained` is
 * what the run trains.
 */
export function recipeChanges(
  spec: Spec,
  name: string,
  settings: readonly SettingEntry[],
  trained: Trained = {},
): Partial<TrainRecipe> {
  const own = spec.recipes.find((r) => r.name === name);
  if (!own || settings.length === 0) return {};
  const { set: model = {}, case: studied } = trained;
  const written = recipeWith(spec, own, { model, sections: { train: [] } }, studied);
  const changed = recipeWith(spec, own, { model, sections: { train: settings } }, studied);
  const before = new Map(Object.entries(written).map(([key, value]) => [key, JSON.stringify(value)]));
  return Object.fromEntries(
    Object.entries(changed).filter(([key, value]) => JSON.stringify(value) !== before.get(key)),
  );
}

/** A model whose hyper-parameters settings may use. */
type Named = Parameters<typeof namesOfModel>[0];

/**
 * The sampling settings of a model, with entries that replace its own; they may use the model's hyper-parameters, and name
 * declarations of the spec.
 */
export function samplingWith(
  spec: Spec,
  sampling: SampleSettings,
  entries: readonly SettingEntry[],
  model: Named,
): SampleSettings {
  if (entries.length === 0) return sampling;
  const { settings, diagnostics } = spec.sampleWith(sampling, entries, namesOfModel(model));
  throwErrors(diagnostics);
  return settings ?? sampling;
}

/** The same of export settings. */
export function exportingWith(
  exporting: ExportSettings,
  entries: readonly SettingEntry[],
  model: Named,
): ExportSettings {
  if (entries.length === 0) return exporting;
  const { settings, diagnostics } = exportWith(exporting, entries, namesOfModel(model));
  throwErrors(diagnostics);
  return settings ?? exporting;
}

function throwErrors(diagnostics: readonly Diagnostic[]): void {
  const errors = diagnostics.filter((d) => d.severity === 'error');
  if (errors.length > 0) throw new SpecError(errors);
}
