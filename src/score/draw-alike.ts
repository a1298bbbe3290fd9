/** Draws images that are like those of a set: of the same classes, by the same captions, and with conditions made from the same images. */
// Tested by test/score/score-model.test.ts.
import type { BackendName, HostTensor, HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { noisyImageOf } from '../compiler/lower/conventions';
import { textOf, type ImageInput, type ModelGraph } from '../compiler/lower/model';
import type { DataSource, SampleSettings, TrainRecipe } from '../compiler/recipe/index';
import { readImages } from '../data/batches';
import type { ImageSet } from '../data/image-set';
import { drawImages } from '../sample/draw';
import type { Reading } from '../text/encoder';
import { encodePrompts } from '../text/prompts';
import { madeConditions, unsampled } from '../train/made-conditions';
import { openPairs } from '../train/pairs';

export interface AlikeRequest {
  readonly data: DataSource;
  readonly weights: HostTensors;
  readonly settings: Omit<SampleSettings, 'name' | 'model'>;
  /** How conditions are made from images of the data. They come from the same images as the classes. */
  readonly given?: TrainRecipe['given'];
  /** How captions are read, of a model with text. */
  readonly reading?: Reading;
  /** Seed of the noise that images are drawn from. */
  readonly seed: number;
  /** The number of each image, counted from 0 by default. */
  readonly numbers?: readonly number[];
  readonly backend?: BackendName | 'auto';
  readonly threads?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** The image that a model draws; refuses models whose images are not compared with a set. */
export function scoredImage(model: ModelGraph, reading?: Reading): ImageInput {
  const image = noisyImageOf(model);
  if (image && (image.channels === 1 || image.channels === 3) && (reading || !textOf(model))) return image;
  throw new WeftError(
    `${model.name} cannot be scored.`,
    'Models of grey or colour images can be, by class or caption or of no class.',
  );
}

/** An image for each of these numbers of images of the set. */
export async function drawAlike(
  model: ModelGraph,
  request: AlikeRequest,
  set: ImageSet,
  indices: readonly number[],
): Promise<HostTensor> {
  const { settings, weights, seed, numbers, reading, backend, threads, onProgress } = request;
  const prompts = indices.map((i) => set.captions[i]);
  return drawImages(model, {
    settings,
    weights,
    labels: model.inputs.some((i) => i.kind === 'class') ? indices.map((i) => set.labels[i]) : null,
    count: indices.length,
    seed,
    numbers,
    ...(reading && textOf(model) && { text: await encodePrompts(model, reading, { prompts }, { tell: () => {} }) }),
    given: await conditionsOfImages(model, request, set, indices),
    backend,
    threads,
    onProgress,
  });
}

/** Conditions of some images of the set, except those that the settings give. */
async function conditionsOfImages(
  model: ModelGraph,
  { data, given, settings, seed, backend, threads }: AlikeRequest,
  set: ImageSet,
  indices: readonly number[],
): Promise<HostTensors> {
  const { given: sampled } = settings;
  if (unsampled(model, sampled).length === 0) return {};
  const pairs = await openPairs(model, { data, given }, set, {});
  try {
    const shown = indices.map((index) => ({ index, mirrored: false }));
    const images = { x0: await readImages(set, indices), ...(await pairs.inputs({ shown })) };
    const batch = Math.min(64, indices.length);
    return await madeConditions(model, images, { given, sampled, seed, batch, backend, threads });
  } finally {
    await pairs.close();
  }
}
