/** Whether a run can go on as what it was: what a resumed run may change, and what differs where it may not. */
// Tested by test/train/train.test.ts.
import type { ModelGraph } from '../compiler/lower/model';
import { pairedFolders, pairedWords } from '../compiler/lower/givens/paired';
import type { Givens } from '../compiler/lower/givens/parse';
import type { TrainRecipe } from '../compiler/recipe/index';
import { runDigest, type RunRecord } from './run-folder';

type Fields = { readonly [name: string]: unknown };

/** What the run and the model and recipe at hand do not share, as `batch: 4 before, 8 now`; empty where they may go on together. */
export function runDifferences(record: RunRecord, model: ModelGraph, recipe: TrainRecipe): string[] {
  const settings = [
    ...differences(record.hyperparameters, model.hyperparameters),
    ...differences(fixedPart(record.recipe), fixedPart(recipe)),
  ];
  if (settings.length > 0 || runDigest(model, record.recipe) === record.digest) return settings;
  return [`the architecture of ${model.name}: its weights have other names, shapes or initial values`];
}

/**
 * What decides a step and its state. Lengths, rates, clipping and how often something is written may change between two parts of
 * a run; where files lie may too, for what is in them is compared by itself.
 */
function fixedPart(recipe: TrainRecipe): Fields {
  const { name: _1, model: _2, steps: _3, checkpoint: _4, sampleEvery: _5, seeds: _6, score: _7, ...decisive } = recipe;
  // What a run began from is in its weights.
  const { clip: _8, phases: _9, warmup: _10, from: _12, schedule: _13, ...fixed } = decisive;
  const { rate: _11, ...optimizer } = recipe.optimizer;
  const { data, text, align, given } = recipe;
  return {
    ...fixed,
    optimizer,
    data: 'path' in data ? { ...data, path: '' } : data,
    ...(given && { given: { ...given, ...withoutPaths(given) } }),
    ...(text && { text: { ...text, weights: '' } }),
    ...(align && { align: { ...align, teacher: teacherName(align.teacher) } }),
  };
}

/** What is paired with the images, wherever it lies. */
function withoutPaths(given: Givens): Givens {
  return Object.fromEntries([...pairedFolders(given)].map(([name, { kind }]) => [name, pairedWords[kind]]));
}

function teacherName(teacher: NonNullable<TrainRecipe['align']>['teacher']): unknown {
  return typeof teacher === 'string' ? 'a file' : { model: teacher.model, set: teacher.set };
}

/** Every field that two plain values do not share, by its path. */
function differences(before: unknown, now: unknown, path = ''): string[] {
  if (isFields(before) && isFields(now)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    return names.flatMap((name) => differences(before[name], now[name], path === '' ? name : `${path}.${name}`));
  }
  if (shown(before) === shown(now)) return [];
  const [old, current] = firstDifference(shown(before), shown(now));
  return [`${path}: ${old} before, ${current} now`];
}

/** Of texts of several lines, such as that of an objective, the first lines that they do not share. */
function firstDifference(before: string, now: string): readonly [string, string] {
  const [old, current] = [before, now].map((text) => text.trimEnd().split('\n'));
  if (old.length === 1 && current.length === 1) return [before, now];
  const at = old.findIndex((line, i) => line !== current[i]);
  const line = (lines: readonly string[]): string => `\`${(lines[at < 0 ? old.length : at] ?? '').trim()}\``;
  return [line(old), line(current)];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  const size = isFields(value) && (value.size ?? value.ratio);
  if (Array.isArray(size)) return size.join(value && typeof value === 'object' && 'size' in value ? 'x' : ':');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
