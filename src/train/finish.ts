/** The files of a finished run: raw and averaged weights, the loss curve, and a grid of samples. */
// Tested by test/train/train.test.ts.
import type { HostTensors } from '../backends/session';
import { averagesOf } from '../compiler/recipe/averages';
import type { TrainRecipe } from '../compiler/recipe/index';
import { keepsAverages } from '../compiler/recipe/optimizers';
import { writeLossCurve } from '../data/loss-curve';
import { whichKey } from '../data/checkpoints/open';
import { writeSafetensors } from '../data/safetensors';
import { dataNotes, recipeFacts } from '../run/data-notes';
import { architectureEntries } from '../run/recorded-architecture';
import { conventionsEntry } from '../run/recorded-conventions';
import { wordsIn } from '../text/vocabulary';
import { drawSamples, gridForm, type DrawOptions } from './draw-samples';
import { heldWeights, type Kind } from './held-weights';
import { readMetrics } from './metrics';
import type { RunPaths } from './run-folder';
import { runKey } from './run-id';
import { gridsOf, writeStrip } from './strip';
import type { Training } from './training';

/** Paths of the written files; null for files that this run does not have. */
export interface FinishedFiles {
  readonly weights: string;
  readonly ema: string | null;
  /** The other averages, if the recipe keeps several. */
  readonly averages: readonly string[];
  readonly lossCurve: string;
  readonly samples: string | null;
  /** The grids drawn on the way and at the end, side by side; null if none was drawn on the way. */
  readonly strip: string | null;
}

/** Writes the files. Samples are drawn with the averaged weights if there are any. */
export async function finishRun(
  training: Training,
  { paths, id }: { readonly paths: RunPaths; readonly id: string | undefined },
  options: DrawOptions,
): Promise<FinishedFiles> {
  const { recipe } = training;
  const { raw, averaged } = await writeWeights(training, paths, { ...options, id, steps: recipe.steps });
  await writeLossCurve(paths.lossCurve, await readMetrics(paths.metrics), `${recipe.name}: loss`);
  const samples = await drawSamples(training, averaged ?? raw, paths.samples, options);
  return {
    weights: paths.weights,
    ema: averaged && paths.ema,
    averages: otherAverages(recipe).map((name) => paths.average(name)),
    lossCurve: paths.lossCurve,
    samples,
    strip: samples && (await stripOf(training, paths, options)),
  };
}

async function stripOf(
  { model, recipe }: Training,
  paths: RunPaths,
  { texts }: Pick<DrawOptions, 'texts'>,
): Promise<string | null> {
  const grids = await gridsOf(paths, recipe.steps);
  if (grids.length < 2) return null;
  await writeStrip(paths.strip, grids, gridForm(model, { texts: texts !== undefined }));
  return paths.strip;
}

/** The grid of a run that is not finished, drawn like the last one will be; null for a model without images. */
export async function drawOnTheWay(training: Training, path: string, options: DrawOptions): Promise<string | null> {
  const weights = await weightsOf(training, keepsAverages(training.recipe) ? 'ema' : 'raw');
  return drawSamples(training, weights, path, options);
}

/** The data that weights were trained on, for how many steps, and in which run. */
interface Trained extends Pick<DrawOptions, 'classes' | 'texts'> {
  readonly steps: number;
  /** The run's id; undefined for a run of an earlier version. */
  readonly id: string | undefined;
}

/** Writes the weights after some steps, and their averages if the recipe keeps them. */
export async function writeWeights(
  training: Training,
  paths: Pick<RunPaths, 'weights' | 'ema' | 'average'>,
  trained: Trained,
): Promise<{ readonly raw: HostTensors; readonly averaged: HostTensors | null }> {
  const metadata = metadataOf(training, trained);
  const raw = await weightsOf(training, 'raw');
  const averaged = keepsAverages(training.recipe) ? await weightsOf(training, 'ema') : null;
  await writeSafetensors(paths.weights, raw, { metadata: { ...metadata, [whichKey]: 'raw' } });
  if (averaged) await writeSafetensors(paths.ema, averaged, { metadata: { ...metadata, [whichKey]: 'ema' } });
  for (const name of otherAverages(training.recipe))
    await writeSafetensors(paths.average(name), await weightsOf(training, name), {
      metadata: { ...metadata, [whichKey]: 'ema' },
    });
  return { raw, averaged };
}

/** The names of all averages but the first. */
function otherAverages({ ema }: Pick<TrainRecipe, 'ema'>): readonly string[] {
  return averagesOf(ema)
    .slice(1)
    .map(({ name }) => name);
}

/** Writes the weights that samples are drawn with, averaged if the recipe averages, with their loss on held-out images. */
export async function writeBest(
  training: Training,
  path: string,
  { validationLoss, ...trained }: Trained & { readonly validationLoss: number },
): Promise<void> {
  const kind = keepsAverages(training.recipe) ? 'ema' : 'raw';
  const metadata = { ...metadataOf(training, trained), [whichKey]: kind, validation_loss: String(validationLoss) };
  await writeSafetensors(path, await weightsOf(training, kind), { metadata });
}

/** The metadata of a file of weights. */
function metadataOf(
  { model, recipe }: Training,
  { steps, classes, texts, id }: Trained,
): { readonly [key: string]: string } {
  const names = { ...architectureEntries(model), model: model.name, recipe: recipe.name, steps: String(steps) };
  const text = recipe.text && { ...recipe.text, words: texts && wordsIn(texts.captions) };
  return {
    ...names,
    ...(id !== undefined && { [runKey]: id }),
    ...conventionsEntry(model),
    ...dataNotes({ ...recipeFacts(recipe), classes, text }),
  };
}

/** The weights of the model under their own names, with adapters merged. */
async function weightsOf({ session, model, recipe }: Training, kind: Kind): Promise<HostTensors> {
  const { variables, merge } = heldWeights(model, recipe, kind);
  return merge(await session.get([...variables.values()].map((v) => v.leaf.name)));
}
