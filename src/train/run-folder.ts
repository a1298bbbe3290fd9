/** A run's folder: the places of its files, and `run.json`, which describes what is trained. */
import { join } from 'node:path';
import { staticShape } from '../compiler/ir/dims';
import type { RecordedConventions } from '../compiler/lower/conventions';
import type { ModelGraph, StaticValue } from '../compiler/lower/model';
import { averagesOf } from '../compiler/recipe/averages';
import type { SampleSettings, TrainRecipe } from '../compiler/recipe/index';
import { cacheKey } from '../files/cache';
import { writeSealed } from '../files/sealed-json';
import type { Reading } from '../text/encoder';
import { wordsIn } from '../text/vocabulary';
import type { DataIdentity } from './batches';
import type { SpecSums } from './kept-spec';

/** The contents of `run.json`. */
export interface RunRecord {
  readonly weft: string;
  /** Tells this run from all others, in its checkpoints and files of weights too; absent in runs of earlier versions. */
  readonly id?: string;
  /** The origin of the model: the spec file inside `spec/`, the model's name, and settings given by hand. */
  readonly spec: {
    readonly file: string;
    /** A model, or the study that `case` belongs to. */
    readonly model: string;
    readonly case?: string;
    readonly set: { readonly [name: string]: string };
    /** Checksums of the files in `spec/`; absent in runs of earlier versions. */
    readonly sums?: SpecSums;
  } | null;
  readonly hyperparameters: { readonly [name: string]: StaticValue };
  readonly recipe: TrainRecipe;
  /** The meaning of the model's output and the direction of its time; absent in runs of version 0.1.0. */
  readonly conventions?: RecordedConventions;
  /** How to sample from it, if the spec says. */
  readonly sample: SampleSettings | null;
  /** Class names by label. */
  readonly classes: readonly string[];
  /** The captions, for a model that reads them. */
  readonly texts?: TextFacts;
  /** The identity of the data, so that the run cannot continue with others; absent if the data have no fingerprint. */
  readonly data?: DataIdentity;
  /** The same of the data of phases that train on others, by the step at which they begin, once they have begun. */
  readonly phaseData?: { readonly [at: string]: DataIdentity };
  /** See `runDigest`. */
  readonly digest: string;
}

/** Facts about the captions a model was trained on. */
export interface TextFacts {
  /** A few captions, spread over the set, which are drawn by default. */
  readonly prompts: readonly string[];
  /** Every word that occurs, in the order of their numbers if the model looks words up. */
  readonly words: readonly string[];
}

/** The number of captions in a grid of samples. */
const fewCaptions = 8;

export function textFacts(captions: readonly string[]): TextFacts {
  const few = Math.min(fewCaptions, captions.length);
  const prompts = Array.from({ length: few }, (_, i) => captions[Math.floor((i * captions.length) / few)]);
  return { prompts, words: wordsIn(captions) };
}

/** How the model of a run reads prompts; undefined if it reads none. */
export function readingOf({ recipe, texts }: RunRecord): Reading | undefined {
  return recipe.text && { ...recipe.text, words: texts?.words };
}

/** The file name of the record, in a run's folder and in its checkpoints. */
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
    /** An average by its name. */
    average: (name: string) => join(folder, `${name}.safetensors`),
    /** The weights with the least loss on held-out images, averaged if the run averages. */
    best: join(folder, 'best.safetensors'),
    lossCurve: join(folder, 'loss.png'),
    samples: join(folder, 'samples.png'),
    /** The grids over the steps. */
    strip: join(folder, 'strip.png'),
    /** Copies of averages that were kept on the way. */
    snapshots: join(folder, 'snapshots'),
    grids: join(folder, 'samples'),
    /** Grids drawn during training, by the number of steps done. */
    samplesAt: (step: number) => join(folder, 'samples', `step-${String(step).padStart(6, '0')}.png`),
  };
}
export type RunPaths = ReturnType<typeof runPaths>;

/** A digest of everything that decides a run's steps: the model and the recipe, except for its length and how often it is saved. */
export function runDigest(model: ModelGraph, recipe: TrainRecipe): string {
  const { hyperparameters } = model;
  return cacheKey({ recipe: decisivePart(recipe), hyperparameters, weights: weightFacts(model) });
}

/** The settings that decide a run's steps. */
export function decisivePart(recipe: TrainRecipe): object {
  const {
    name: _1,
    steps: _2,
    checkpoint: _3,
    sampleEvery: _4,
    seeds: _5,
    score: _6,
    snapshotEvery: _10,
    ...others
  } = recipe;
  const { validate: _7, onSpike: _8, parallel: _9, ...decisive } = others;
  return decisive;
}

/** A digest of the variables in a checkpoint: it is restored only if they are the same. */
export function stateDigest(
  model: ModelGraph,
  { optimizer, ema, align, train, freeze, adapt, accumulate }: TrainRecipe,
): string {
  const [, ...others] = averagesOf(ema);
  const state = {
    optimizer: optimizer.kind === 'declared' ? optimizer.text : optimizer.kind,
    ema: ema !== null,
    ...(others.length > 0 && { averages: others.map(({ name }) => name) }),
    hidden: align?.kind === 'repa' ? align.hidden : null,
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
