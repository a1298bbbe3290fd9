/** A run's folder: where its files lie, and `run.json`, which says what is being trained. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { staticShape } from '../compiler/ir/dims';
import type { ModelGraph, StaticValue } from '../compiler/lower/model';
import type { SampleSettings, TrainRecipe } from '../compiler/lower/recipe';
import { writeFileAtomic } from '../files/atomic';
import { cacheKey } from '../files/cache';
import { codeOf, fileError } from '../files/file-error';
import type { Reading } from '../text/encoder';
import { wordsIn } from '../text/vocabulary';

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
  /** How to sample from it, where the spec says. */
  readonly sample: SampleSettings | null;
  /** Class names by label. */
  readonly classes: readonly string[];
  /** For a model that reads captions. */
  readonly texts?: TextFacts;
  readonly digest: string;
}

/** What is known of the captions a model was trained on. */
export interface TextFacts {
  /** A few of them, spread over the set: what is drawn where nobody says what. */
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

/** Paths inside a run's folder. */
export function runPaths(folder: string) {
  return {
    folder,
    record: join(folder, 'run.json'),
    spec: join(folder, 'spec'),
    metrics: join(folder, 'metrics.jsonl'),
    checkpoints: join(folder, 'checkpoints'),
    weights: join(folder, 'weights.safetensors'),
    ema: join(folder, 'ema.safetensors'),
    lossCurve: join(folder, 'loss.png'),
    samples: join(folder, 'samples.png'),
  };
}
export type RunPaths = ReturnType<typeof runPaths>;

/**
 * A digest of what decides every step of a run: the model and the recipe, save for its length and how often it is saved.
 * A checkpoint is only resumed under the digest it was written with.
 */
export function runDigest(model: ModelGraph, recipe: TrainRecipe): string {
  const { name: _name, steps: _steps, checkpoint: _checkpoint, seeds: _seeds, score: _score, ...decisive } = recipe;
  const weights = model.weights.map((w) => [w.leaf.name, staticShape(w.shape), w.leaf.init]);
  return cacheKey({ recipe: decisive, hyperparameters: model.hyperparameters, weights });
}

export async function writeRunRecord(folder: string, record: RunRecord): Promise<void> {
  await writeFileAtomic(runPaths(folder).record, `${JSON.stringify(record, null, 2)}\n`);
}

/** The record of a run, or null where the folder holds none. */
export async function findRunRecord(folder: string): Promise<RunRecord | null> {
  const path = runPaths(folder).record;
  try {
    return JSON.parse(await readFile(path, 'utf8')) as RunRecord;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
    if (error instanceof SyntaxError) throw new WeftError(`${path} is damaged: ${error.message}.`, 'Start a new run.');
    throw await fileError(error, 'read', path);
  }
}

/** The record of a run that must be there. */
export async function readRunRecord(folder: string): Promise<RunRecord> {
  const record = await findRunRecord(folder);
  if (record) return record;
  throw new WeftError(
    `${folder} is not the folder of a training run: it has no run.json.`,
    'Name the folder that `weft train --out` made.',
  );
}
