/** Checks that a run can continue: which settings a resumed run may change, and which may not differ but do. */
// Tested by test/train/train.test.ts.
import type { ModelGraph } from '../compiler/lower/model';
import { withPaths } from '../compiler/lower/givens/paired';
import type { TrainRecipe } from '../compiler/recipe/index';
import { cacheKey } from '../files/cache';
import { differences, type Fields } from '../run/differences';
import { runDigest, stateDigest, type RunRecord } from './run-folder';

export interface Continued {
  readonly model: ModelGraph;
  readonly recipe: TrainRecipe;
  /** The model by the run's own copy of its spec; null if it has none. */
  readonly own: ModelGraph | null;
}

/** Differences between the run and the given model and recipe, as `batch: 4 before, 8 now`; empty if the run may continue with them. */
export function runDifferences(record: RunRecord, { model, recipe, own }: Continued): string[] {
  const settings = [
    ...differences(record.hyperparameters, model.hyperparameters),
    ...differences(fixedPart(record.recipe), fixedPart(recipe)),
  ];
  if (settings.length > 0 || runDigest(model, record.recipe) === record.digest) return settings;
  if (own && runDigest(own, record.recipe) !== record.digest)
    return [
      'run.json: its recipe is not the one its digest was made from, so a setting in it was changed or is damaged',
    ];
  return [`the architecture of ${model.name}: its weights have other names, shapes or initial values`];
}

/** A digest of each thing that decides a step, by its name: machines that train together have the same. */
export function stepDigests(model: ModelGraph, recipe: TrainRecipe): { readonly [name: string]: string } {
  const { name, hyperparameters } = model;
  const facts = {
    ...hyperparameters,
    ...fixedPart(recipe),
    [`the architecture of ${name}`]: stateDigest(model, recipe),
  };
  return Object.fromEntries(Object.entries(facts).map(([fact, value]) => [fact, cacheKey(value ?? null)]));
}

/**
 * Settings that decide a step and its state. Lengths, rates, clipping and how often files are written may change between two parts
 * of a run. So may the places of files; their contents are compared separately.
 */
function fixedPart(recipe: TrainRecipe): Fields {
  const { name: _1, model: _2, steps: _3, checkpoint: _4, sampleEvery: _5, seeds: _6, score: _7, ...decisive } = recipe;
  // The weights already contain what a run began from, and validation changes nothing.
  const {
    clip: _8,
    phases: _9,
    warmup: _10,
    from: _12,
    schedule: _13,
    validate: _14,
    onSpike: _15,
    snapshotEvery: _17,
    parallel: _16,
    ...fixed
  } = decisive;
  const { rate: _11, ...optimizer } = recipe.optimizer;
  const { data, text, align, teacher, given } = recipe;
  return {
    ...fixed,
    optimizer,
    data: 'path' in data ? { ...data, path: '' } : data,
    ...(given && { given: withoutPaths(given) }),
    ...(text && { text: { ...text, weights: '' } }),
    // The checkpoints hold the weights of a frozen model.
    ...(teacher && { teacher: { ...teacher, weights: '' } }),
    ...(align && { align: { ...align, teacher: teacherName(align.teacher) } }),
  };
}

/** The conditions without the paths of files. */
function withoutPaths(given: NonNullable<TrainRecipe['given']>): TrainRecipe['given'] {
  return Object.fromEntries(Object.entries(given).map(([name, text]) => [name, withPaths(text, () => '')]));
}

function teacherName(teacher: NonNullable<TrainRecipe['align']>['teacher']): unknown {
  return typeof teacher === 'string' ? 'a file' : { model: teacher.model, set: teacher.set };
}
