/** What a finished run leaves: raw and averaged weights, the loss curve, and a grid of samples. */
import type { HostTensor, HostTensors, Session } from '../backends/session';
import type { ModelGraph } from '../compiler/lower/model';
import type { SampleSettings, TrainRecipe } from '../compiler/lower/recipe';
import { trainedWeights } from '../compiler/programs/freeze';
import { velocityModel } from '../compiler/programs/objectives/prediction';
import { writeLossCurve } from '../data/loss-curve';
import { writeImageGrid } from '../data/png';
import { whichKey } from '../data/checkpoints/open';
import { writeSafetensors } from '../data/safetensors';
import { defaultSampling } from '../sample/defaults';
import { drawImages } from '../sample/draw';
import { labelsOf, pairRows, promptsOf } from '../sample/rows';
import { version } from '../version';
import type { TrainingTexts } from './batches';
import { readMetrics } from './metrics';
import { textFacts, type RunPaths } from './run-folder';

export interface FinishOptions {
  readonly classes: readonly string[];
  readonly texts?: TrainingTexts;
  readonly sample?: SampleSettings | null;
  readonly threads?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Paths of what was written; null for what this run has not. */
export interface FinishedFiles {
  readonly weights: string;
  readonly ema: string | null;
  readonly lossCurve: string;
  readonly samples: string | null;
}

/** Images of each class or caption in the grid, and the most classes it shows. */
const columns = 8;
const mostRows = 10;
const textColumns = 4;

/** Writes the files. Samples are drawn with the averaged weights where there are any. */
export async function finishRun(
  session: Session,
  model: ModelGraph,
  recipe: TrainRecipe,
  paths: RunPaths,
  options: FinishOptions,
): Promise<FinishedFiles> {
  const { raw, averaged } = await writeWeights(session, model, recipe, paths, recipe.steps);
  await writeLossCurve(paths.lossCurve, await readMetrics(paths.metrics), `${recipe.name}: loss`);
  const drawn = await drawSamples(averaged ?? raw, session, model, recipe, paths.samples, options);
  return {
    weights: paths.weights,
    ema: averaged && paths.ema,
    lossCurve: paths.lossCurve,
    samples: drawn ? paths.samples : null,
  };
}

/** Writes the weights after some steps, and their averages where the recipe keeps them. */
export async function writeWeights(
  session: Session,
  model: ModelGraph,
  recipe: TrainRecipe,
  paths: Pick<RunPaths, 'weights' | 'ema'>,
  steps: number,
): Promise<{ readonly raw: HostTensors; readonly averaged: HostTensors | null }> {
  const metadata = { weft: version, model: model.name, recipe: recipe.name, steps: String(steps) };
  const raw = await weightsOf(session, model);
  const averaged = recipe.ema === null ? null : await averagesOf(session, model, recipe.freeze, raw);
  await writeSafetensors(paths.weights, raw, { metadata: { ...metadata, [whichKey]: 'raw' } });
  if (averaged) await writeSafetensors(paths.ema, averaged, { metadata: { ...metadata, [whichKey]: 'ema' } });
  return { raw, averaged };
}

/** A row for each class or for some captions, else one row. PNGs are in colour, so other images have none. */
async function drawSamples(
  weights: HostTensors,
  session: Session,
  model: ModelGraph,
  recipe: TrainRecipe,
  path: string,
  { classes, texts, sample, threads, onProgress }: FinishOptions,
): Promise<boolean> {
  const image = model.inputs.find((i) => i.kind === 'image');
  if (image?.kind !== 'image' || image.channels !== 3) return false;
  const isClassed = model.inputs.some((i) => i.kind === 'class');
  const classRows = isClassed ? { items: classes.slice(0, mostRows).map((_, i) => i), asked: false } : null;
  const textRows = texts ? { items: textFacts(texts.captions).prompts, asked: false } : null;
  const across = texts ? textColumns : columns;
  const rows = pairRows(classRows, textRows)?.flatMap((row) => Array.from({ length: across }, () => row)) ?? null;
  const prompts = promptsOf(rows);
  const images = await drawImages(velocityModel(model, recipe.objective.predict), {
    settings: sample ?? defaultSampling(model, recipe),
    weights,
    labels: labelsOf(rows),
    count: rows?.length ?? across,
    seed: recipe.seed,
    text: prompts ? await texts?.conditions(prompts) : undefined,
    backend: session.backend,
    threads,
    onProgress,
  });
  await writeImageGrid(
    path,
    { shape: images.shape, data: images.data as Float32Array },
    { columns: across, scale: gridScale(image.width) },
  );
  return true;
}

/** Pixels a side that make small images large enough to look at. */
export function gridScale(width: number): number {
  return Math.max(1, Math.round(96 / width));
}

/** The trained weights under their own names. */
export async function weightsOf(session: Session, model: ModelGraph): Promise<HostTensors> {
  return session.get(model.weights.map((w) => w.leaf.name));
}

/** The averaged weights, under the names of the weights. A frozen weight is its own average. */
export async function averagesOf(
  session: Session,
  model: ModelGraph,
  freeze: TrainRecipe['freeze'],
  raw: HostTensors,
): Promise<HostTensors> {
  const names = trainedWeights(model, freeze).map((w) => w.leaf.name);
  const found = await session.get(names.map((name) => `ema/${name}`));
  return { ...raw, ...Object.fromEntries(names.map((name): [string, HostTensor] => [name, found[`ema/${name}`]])) };
}
