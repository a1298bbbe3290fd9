/** Scores a trained model: the Fréchet distance between its samples and the images it was trained on. */
import { rowsOf } from '../backends/host';
import type { BackendName, HostTensor, HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { textOf, type ModelGraph } from '../compiler/lower/model';
import type { DataSource, SampleSettings, ScoreSettings, TrainRecipe } from '../compiler/recipe/index';
import { readImages } from '../data/batches';
import { openImageSet, type ImageSet } from '../data/image-set';
import { checkDrawn } from '../sample/check-drawn';
import { drawImages } from '../sample/draw';
import type { SetupProgress } from '../setup/progress';
import { madeConditions, unsampled } from '../train/made-conditions';
import { openPairs } from '../train/pairs';
import { openEfficientNetLite0, type FeatureExtractor } from './efficientnet-lite0';
import { frechetDistance } from './metrics/frechet';
import { gaussianDigest, gaussianOf } from './metrics/gaussian';
import { featureRows } from './metrics/rows';
import { referenceFeatures, spread } from './reference';

export interface ScoreRequest {
  readonly score: ScoreSettings;
  readonly data: DataSource;
  readonly weights: HostTensors;
  readonly settings: SampleSettings;
  /** How conditions are made from images of the data. They come from the same images as the classes. */
  readonly given?: TrainRecipe['given'];
  /** Seed of the noise that images are drawn from. */
  readonly seed: number;
  readonly backend?: BackendName | 'auto';
  readonly threads?: number;
  readonly setup?: SetupProgress;
  /** Called for pictures of one colour, which show nothing; on stderr by default. */
  readonly onWarning?: (message: string) => void;
  readonly onProgress?: (what: 'drawing' | 'reading features', done: number, total: number) => void;
}

export interface Score {
  readonly distance: number;
  readonly extractor: FeatureExtractor['facts'];
  /** The images compared with, and a digest of their mean and covariance. */
  readonly reference: { readonly images: number; readonly digest: string };
  readonly samples: number;
}

/** The score, and a few of the images drawn for it, spread over the classes. */
export async function scoreModel(
  model: ModelGraph,
  request: ScoreRequest,
  shown: number,
): Promise<{ readonly score: Score; readonly images: HostTensor }> {
  const { score, settings, weights, seed, backend, threads, onProgress: tell = () => {} } = request;
  const image = model.inputs.find((i) => i.kind === 'image' && i.name === 'x_t');
  if (image?.kind !== 'image' || !(image.channels === 1 || image.channels === 3) || textOf(model)) {
    throw new WeftError(
      `${model.name} cannot be scored.`,
      'Models of grey or colour images by class, or of no class, can be.',
    );
  }
  const set = await openImageSet(request.data, image);
  const extractor = await openEfficientNetLite0({ size: score.size, setup: request.setup, threads });
  try {
    const onProgress = (done: number, total: number): void => tell('reading features', done, total);
    const known = gaussianOf(featureRows(await referenceFeatures(set, extractor, { onProgress }), extractor.width));
    // Each class is drawn as often as it occurs in the set.
    const indices = spread(set.count, score.samples);
    const labels = indices.map((i) => set.labels[i]);
    const given = await conditionsOfImages(model, request, set, indices);
    const drawn = await drawImages(model, {
      settings,
      weights,
      labels: model.inputs.some((i) => i.kind === 'class') ? labels : null,
      count: score.samples,
      seed,
      given,
      backend,
      threads,
      onProgress: (done, total) => tell('drawing', done, total),
    });
    checkDrawn(drawn, request.onWarning);
    const found = gaussianOf(featureRows(await extractor.features(drawn, onProgress), extractor.width));
    const reference = { images: known.count, digest: gaussianDigest(known) };
    const { facts } = extractor;
    return {
      score: { distance: frechetDistance(known, found), extractor: facts, reference, samples: score.samples },
      images: rowsOf(drawn, spread(score.samples, Math.min(shown, score.samples))),
    };
  } finally {
    await extractor.close();
    await set.close();
  }
}

/** Conditions of some images of the set, except those that the settings give. */
async function conditionsOfImages(
  model: ModelGraph,
  { data, given, settings, seed, backend, threads }: ScoreRequest,
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
