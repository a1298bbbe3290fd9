/** A run's folder: where its files lie, and `run.json`, which says what is being trained. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { counted, someOf } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { staticShape } from '../compiler/ir/dims';
import type { RecordedConventions } from '../compiler/lower/conventions';
import type { ModelGraph, StaticValue } from '../compiler/lower/model';
import type { SampleSettings, TrainRecipe } from '../compiler/recipe/index';
import { cacheKey } from '../files/cache';
import { DamagedFile } from '../files/read-json';
import { readSealed, writeSealed } from '../files/sealed-json';
import type { Reading } from '../text/encoder';
import { wordsIn } from '../text/vocabulary';
import type { DataIdentity } from './batches';
import { runSchema } from './run-schema';

/** What `run.json` holds. */
export interface RunRecord {
  readonly weft: string;
  /** Where the model comes from: the spec file inside `spec/`, the model's name, and what was set by hand. */
  readonly spec: {
    readonly file: string;
    /** A model, or the study that `case` is of. */
    readonly model: string;
    readonly case?: string;
    readonly set: { readonly [name: string]: string };
  } | null;
  readonly hyperparameters: { readonly [name: string]: StaticValue };
  readonly recipe: TrainRecipe;
  /** What the model's output stands for and how it counts time; absent in runs of version 0.1.0. */
  readonly conventions?: RecordedConventions;
  /** How to sample from it, where the spec says. */
  readonly sample: SampleSettings | null;
  /** Class names by label. */
  readonly classes: readonly string[];
  /** For a model that reads captions. */
  readonly texts?: TextFacts;
  /** What the run is trained on, so that it cannot continue with other data; absent if the data have no fingerprint. */
  readonly data?: DataIdentity;
  /** See `runDigest`. */
  readonly digest: string;
}

/** What is known of the captions a model was trained on. */
export interface TextFacts {
  /** A few of them, spread over the set: drawn by default. */
  readonly prompts: readonly string[];
  /** Every word that occurs; the order of their numbers, where the model looks words up. */
  readonly words: readonly string[];
}

/** Captions shown in a grid of samples. */
const fewCaptions = 8;

export function textFacts(captions: readonly string[]): TextFacts {
  const few = Math.min(fewCaptions, captions.length);
  const prompts = Array.from({ length: few }, (_, i) => captions[Math.floor((i * captions.length) / few)]);
  return { prompts, words: wordsIn(captions) };
}

/** How prompts for the model of a run are read; undefined where it reads none. */
export function readingOf({ recipe, texts }: RunRecord): Reading | undefined {
  return recipe.text && { ...recipe.text, words: texts?.words };
}

/** Of the record, in a run's folder and in its checkpoints. */
export const recordName = 'run.json';

/** Paths inside a run's folder. */
export function runPaths(folder: string) {
  return {
    folder,
    lock: join(folder, '.lock'),
    record: join(folder, recordName),
    spec: join(folder, 'spec'),
    metrics: join(folder, 'metrics.jsonl'),
    tensorboard: join(folder, 'tensorboard'),
    checkpoints: join(folder, 'checkpoints'),
    weights: join(folder, 'weights.safetensors'),
    ema: join(folder, 'ema.safetensors'),
    /** The weights with the least loss on held-out images, averaged where the run averages. */
    best: join(folder, 'best.safetensors'),
    lossCurve: join(folder, 'loss.png'),
    samples: join(folder, 'samples.png'),
    /** Grids drawn on the way, by the number of steps done. */
    samplesAt: (step: number) => join(folder, 'samples', `step-${String(step).padStart(6, '0')}.png`),
  };
}
export type RunPaths = ReturnType<typeof runPaths>;

/** A digest of what decides every step of a run: the model and the recipe, except for its length and how often it is saved. */
export function runDigest(model: ModelGraph, recipe: TrainRecipe): string {
  const { name: _1, steps: _2, checkpoint: _3, sampleEvery: _4, seeds: _5, score: _6, ...others } = recipe;
  const { validate: _7, ...decisive } = others;
  return cacheKey({ recipe: decisive, hyperparameters: model.hyperparameters, weights: weightFacts(model) });
}

/** A digest of the variables that a checkpoint holds: it is restored only where they are the same. */
export function stateDigest(
  model: ModelGraph,
  { optimizer, ema, align, train, freeze, adapt, accumulate }: TrainRecipe,
): string {
  const state = {
    optimizer: optimizer.kind === 'declared' ? optimizer.text : optimizer.kind,
    ema: ema !== null,
    hidden: align?.hidden ?? null,
    ...(train && { train }),
    ...(freeze && { freeze }),
    ...(adapt && { adapt: { ...adapt } }),
    ...(accumulate && { accumulate }),
  };
  return cacheKey({ ...state, weights: weightFacts(model) });
}

function weightFacts(model: ModelGraph): unknown {
  return model.weights.map((w) => [w.leaf.name, staticShape(w.shape), w.leaf.init]);
}

export async function writeRunRecord(folder: string, record: RunRecord): Promise<void> {
  await writeSealed(runPaths(folder).record, record);
}

/**
 * The record of a run, or null where the folder holds none. One that is lost or damaged is taken from the newest checkpoint, which
 * keeps a copy, and `warn` says so.
 */
export async function findRunRecord(
  folder: string,
  warn: (message: string) => void = () => {},
): Promise<RunRecord | null> {
  const { record: path, checkpoints } = runPaths(folder);
  let problem = existsSync(checkpoints) ? `${path} is missing.` : null;
  if (existsSync(path)) {
    try {
      return await readSealed(path, runSchema);
    } catch (error) {
      if (!(error instanceof DamagedFile)) throw error;
      problem = error.message;
    }
  }
  if (problem === null) return null;
  const copies = await copiesOf(checkpoints);
  for (const copy of copies) {
    const record = await readSealed(copy, runSchema).catch(() => null);
    if (!record) continue;
    warn(`${problem} Its copy ${copy} takes its place.`);
    return record;
  }
  if (!existsSync(path)) return null;
  throw new WeftError(problem, 'Bring run.json back from a copy, or start a new run in another folder.');
}

/** Where checkpoints keep the record, the newest first. */
async function copiesOf(checkpoints: string): Promise<string[]> {
  const names = await readdir(checkpoints).catch(() => []);
  const steps = names
    .filter((name) => name.startsWith('step-'))
    .sort((a, b) => b.length - a.length || (a < b ? 1 : -1));
  return steps.map((name) => join(checkpoints, name, recordName)).filter((path) => existsSync(path));
}

/** Runs that are named where there are many. */
const mostNamed = 10;

/** The folders of runs right in a folder. */
async function runsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => existsSync(join(path, recordName)));
}

/** The record of a run that must be there. */
export async function readRunRecord(folder: string, warn?: (message: string) => void): Promise<RunRecord> {
  const record = await findRunRecord(folder, warn);
  if (record) return record;
  const runs = await runsIn(folder);
  if (runs.length > 0) {
    throw new WeftError(
      `${folder} holds ${counted(runs.length, 'run')} and is none itself, as the folder of a study does.`,
      `Name one of them: ${someOf(runs, mostNamed)}.`,
    );
  }
  throw new WeftError(
    `${folder} is not the folder of a training run: it has no run.json.`,
    'Name the folder that `weft train --out` made.',
  );
}
