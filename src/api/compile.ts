/** From a spec to a model: the first step of every use of the library. */
import type { Spec } from '../compiler/compile';
import { requireOptions } from '../compiler/diagnostics/require-kind';
import type { ModelGraph } from '../compiler/lower/model';
import type { GivenSettings } from '../compiler/sections/keys';
import type { SampleSettings, TrainRecipe } from '../compiler/recipe/index';
import { elaborateModel, elaborateTeacher, modelNamed, openSpec, recipeNamed, sampleSettingsFor } from '../spec/open';
import { trainedBy } from '../compiler/lower/left-out';
import { defaultSampling } from '../sample/defaults';
import { recipeWith, samplingWith, settingsFor } from '../spec/settings';
import { parseTarget } from '../spec/target';
import { keepSpec } from '../train/kept-spec';
import { origins } from './origins';

export interface CompileOptions {
  /**
   * Hyper-parameters that replace the spec's, `{ depth: 4, size: '64x64', compaction: '16:1' }`, and settings of its recipe and
   * sampling: `{ 'optimizer.rate': 3e-4, steps: 500, 'sample.solver': 'heun(steps: 20)' }`.
   */
  readonly set?: { readonly [name: string]: string | number | boolean };
  /** The text of the spec, if it is not in a file; the target then only names it in messages. */
  readonly text?: string;
}

/** A model, with its spec's recipe and sampling settings. */
export interface Compiled {
  readonly model: ModelGraph;
  /** The recipe that trains it: the one that the target names, else the only one for the model; null if there is none. */
  readonly recipe: TrainRecipe | null;
  /** The spec's sampling settings for it; null if the spec has none. */
  readonly sampling: SampleSettings | null;
  readonly spec: Spec;
}

/**
 * Checks a spec without throwing: `diagnostics` are all errors and warnings, including those of elaborated models.
 *
 *     const { diagnostics } = check('model.weft');
 *     console.log(renderText(diagnostics));
 */
export function check(file: string, options: CompileOptions = {}): Spec {
  requireOptions(options);
  return openSpec(file, { elaborateModels: true, text: options.text, set: asWritten(options.set) }).spec;
}

/**
 * Compiles one model: `FILE` for the first of a file, `FILE#Name` for a model or for the model that a recipe trains. Throws a
 * `SpecError`, whose message has the diagnostics as text.
 *
 *     const { model, recipe } = compile('specs/examples/quickstart.weft', { set: { depth: 4 } });
 */
export function compile(target: string, options: CompileOptions = {}): Compiled {
  requireOptions(options);
  const { file, name } = parseTarget(target);
  const { spec, files } = openSpec(file, { text: options.text });
  const modelName = modelNamed(spec, name);
  const own = spec.recipes.filter((r) => r.model === modelName);
  const named = spec.recipes.some((r) => r.name === name);
  const written = named ? recipeNamed(spec, name) : own.length === 1 ? own[0] : null;
  const divided = settingsFor(spec, modelName, asWritten(options.set), {
    reason: 'this model is compiled without them',
    sections: written ? ['train', 'sample'] : ['sample'],
  });
  const set = divided.model;
  const model = elaborateModel(spec, modelName, set);
  const kept = keepSpec(file, files);
  const teacherOf = (recipe: TrainRecipe): ModelGraph | null => elaborateTeacher(spec, recipe);
  const modelWith = (changes: GivenSettings): ModelGraph => elaborateModel(spec, modelName, { ...set, ...changes });
  origins.set(model, { spec: { file: kept.main, model: modelName, set }, kept, teacherOf, modelWith });
  const recipe = written && recipeWith(spec, written, divided);
  const sampling = sampleSettingsFor(spec, { model: modelName, name, set });
  const walk = divided.sections.sample;
  const trained = recipe ? trainedBy(model, [recipe]) : model;
  const drawn = walk.length > 0 ? samplingWith(spec, sampling ?? defaultSampling(trained), walk, trained) : sampling;
  return { model, recipe, sampling: drawn, spec };
}

function asWritten(set: CompileOptions['set'] = {}): GivenSettings {
  requireOptions(set);
  return Object.fromEntries(Object.entries(set).map(([key, value]) => [key, String(value)]));
}
