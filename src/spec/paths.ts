/** Makes paths in a spec absolute. They are relative to the spec, as its imports are, but a run may continue from another folder. */
import { dirname, resolve } from 'node:path';
import type { Spec } from '../compiler/compile';
import { isDeclaredGuidance, type DeclaredGuidance } from '../compiler/recipe/sample';
import type {
  Alignment,
  DataSource,
  GivenValues,
  Guidance,
  SampleSettings,
  TrainRecipe,
} from '../compiler/recipe/index';
import { writtenNumbers } from '../compiler/lower/givens/conditions';
import { withPaths } from '../compiler/lower/givens/paired';
import { isPackaged } from '../compiler/recipe/packaged';
import { fromHome } from '../files/home';

/** A path as users write it, relative to a folder: `~` and `~/x` are in the user's home. */
export function pathFrom(folder: string, path: string): string {
  return resolve(folder, fromHome(path));
}

/** A spec with absolute paths in its recipes and sample sections. */
export function withAbsolutePaths(spec: Spec): Spec {
  const folder = dirname(resolve(spec.path));
  return {
    ...spec,
    recipes: spec.recipes.map((recipe) => recipeFrom(folder, recipe)),
    samples: spec.samples.map((sample) => sampleFrom(folder, sample)),
    sampleWith: (settings, entries, names) => {
      const { settings: changed, diagnostics } = spec.sampleWith(settings, entries, names);
      return { settings: changed && sampleFrom(folder, changed), diagnostics };
    },
    sampleFor: (sample, set) => {
      const { settings, diagnostics } = spec.sampleFor(sample, set);
      return { settings: settings && sampleFrom(folder, settings), diagnostics };
    },
    recipeWith: (name, settings, trained) => {
      const { recipe, diagnostics } = spec.recipeWith(name, settings, trained);
      return { recipe: recipe && recipeFrom(folder, recipe), diagnostics };
    },
  };
}

function recipeFrom(folder: string, recipe: TrainRecipe): TrainRecipe {
  const { data, phases, text, align, teacher, from, given, validate } = recipe;
  const sourceFrom = (source: DataSource): DataSource =>
    'path' in source ? { ...source, path: pathFrom(folder, source.path) } : source;
  return {
    ...recipe,
    data: sourceFrom(data),
    phases: phases.map((p) =>
      p.changes?.data ? { ...p, changes: { ...p.changes, data: sourceFrom(p.changes.data) } } : p,
    ),
    ...(validate && { validate: { ...validate, data: sourceFrom(validate.data) } }),
    ...(text?.weights !== undefined && { text: { ...text, weights: pathFrom(folder, text.weights) } }),
    ...(given && { given: mapped(given, (text) => withPaths(text, (path) => pathFrom(folder, path))) }),
    ...(from !== undefined && { from: pathFrom(folder, from) }),
    ...(teacher && { teacher: { ...teacher, weights: pathFrom(folder, teacher.weights) } }),
    ...(align && { align: { ...align, teacher: teacherFrom(folder, align.teacher) } }),
  };
}

function mapped<T, R>(record: { readonly [name: string]: T }, change: (value: T) => R): { readonly [name: string]: R } {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

function teacherFrom(folder: string, teacher: Alignment['teacher']): Alignment['teacher'] {
  if (typeof teacher === 'string') return pathFrom(folder, teacher);
  return isPackaged(teacher.weights) || teacher.weights === ''
    ? teacher
    : { ...teacher, weights: pathFrom(folder, teacher.weights) };
}

function guidanceFrom(folder: string, guidance: Guidance | DeclaredGuidance): Guidance | DeclaredGuidance {
  if (isDeclaredGuidance(guidance)) return { ...guidance, folder: guidance.folder ?? folder };
  return guidance.weak === undefined ? guidance : { ...guidance, weak: pathFrom(folder, guidance.weak) };
}

function sampleFrom(folder: string, sample: SampleSettings): SampleSettings {
  const { guidance, given } = sample;
  const fileFrom = (text: string): string => (writtenNumbers(text) ? text : pathFrom(folder, text));
  const valuesFrom = ({ values, made, ...rest }: GivenValues): GivenValues => ({
    ...rest,
    values: values.map(fileFrom),
    ...(made !== undefined && { made: withPaths(made, (path) => pathFrom(folder, path)) }),
  });
  return {
    ...sample,
    ...(guidance && { guidance: guidanceFrom(folder, guidance) }),
    ...(given && { given: mapped(given, valuesFrom) }),
  };
}
