/** Draws the grid of samples that shows what a run has learnt, from the same noise each time. */
import { rowsOf } from '../backends/host';
import type { HostTensors, Session } from '../backends/session';
import { noisyImageOf } from '../compiler/lower/conventions';
import type { ModelGraph } from '../compiler/lower/model';
import type { SampleSettings, TrainRecipe } from '../compiler/recipe/index';
import { defaultSampling } from '../sample/defaults';
import { drawnNote } from '../sample/check-drawn';
import { drawImages } from '../sample/draw';
import { labelsOf, pairRows, promptsOf } from '../sample/rows';
import { isPicture, writeSamples } from '../sample/write-samples';
import type { TrainingData, TrainingTexts } from './batches';
import { madeConditions, unsampled } from './made-conditions';
import { textFacts } from './run-folder';
import type { GridForm } from './strip';
import type { Training } from './training';

export interface DrawOptions {
  /** The first batch, from which conditions are made that the sample section does not give. */
  readonly data: Pick<TrainingData, 'batch'>;
  readonly classes: readonly string[];
  readonly texts?: TrainingTexts;
  readonly sample?: SampleSettings | null;
  readonly threads?: number;
  readonly onProgress?: (done: number, total: number) => void;
  /** Called for samples that are not finite or show nothing. */
  readonly onWarning?: (message: string) => void;
}

/** Images of each class or caption in the grid, and the largest number of classes it shows. */
const columns = 8;
const mostRows = 10;
const textColumns = 4;

/** How the grids of a model's samples are arranged; `texts` says whether it was trained on captions. */
export function gridForm({ inputs }: Pick<ModelGraph, 'inputs'>, { texts }: { readonly texts: boolean }): GridForm {
  return { across: texts ? textColumns : columns, hasRows: texts || inputs.some((i) => i.kind === 'class') };
}

/** A row for each class or for some captions, else one row. Latents are not pictures and go into a safetensors file. Returns its path. */
export async function drawSamples(
  { session, model, recipe }: Training,
  weights: HostTensors,
  path: string,
  { data, classes, texts, sample, threads, onProgress, onWarning }: DrawOptions,
): Promise<string | null> {
  const image = noisyImageOf(model);
  if (!image) return null;
  const isClassed = model.inputs.some((i) => i.kind === 'class');
  const classRows = isClassed ? { items: classes.slice(0, mostRows).map((_, i) => i), asked: false } : null;
  const textRows = texts ? { items: textFacts(texts.captions).prompts, asked: false } : null;
  const { across } = gridForm(model, { texts: texts !== undefined });
  const rows = pairRows(classRows, textRows)?.flatMap((row) => Array.from({ length: across }, () => row)) ?? null;
  const [labels, prompts] = [labelsOf(rows), promptsOf(rows)];
  const images = await drawImages(model, {
    settings: sample ?? defaultSampling(model),
    weights,
    labels,
    count: rows?.length ?? across,
    seed: recipe.seed,
    given: await givenOf(model, recipe, session, { data, sample, labels }),
    text: prompts ? await texts?.conditions(prompts) : undefined,
    backend: session.backend,
    threads,
    onProgress,
  });
  const written = isPicture(image.channels) ? path : path.replace(/\.png$/, '.safetensors');
  await writeSamples(written, images, across);
  const note = drawnNote(images);
  if (note !== null) onWarning?.(`${written}: ${note}`);
  return written;
}

/**
 * The conditions of the first images that the run was shown, as its first step made them. A class gets those of images with its label
 * if there are any. Conditions that the sample section gives are left out.
 */
async function givenOf(
  model: ModelGraph,
  { given, seed }: TrainRecipe,
  run: Session,
  { data, sample, labels }: Pick<DrawOptions, 'data' | 'sample'> & { readonly labels: readonly number[] | null },
): Promise<HostTensors> {
  const sampled = sample?.given;
  if (unsampled(model, sampled).length === 0) return {};
  const first = await data.batch(0);
  const [count] = first.x0.shape;
  const made = await madeConditions(model, first, { given, sampled, seed, batch: count, backend: run.backend, run });
  if (!labels) return made;
  const all = [...Array(count).keys()];
  const rows = labels.map((label, i) => {
    const own = all.filter((row) => first.y?.data[row] === label);
    const from = own.length > 0 ? own : all;
    return from[i % from.length];
  });
  return Object.fromEntries(Object.entries(made).map(([name, tensor]) => [name, rowsOf(tensor, rows)]));
}
