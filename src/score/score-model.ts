/** Scores a trained model: the Fréchet distance between its samples and the images it was trained on. */
import { rowsOf } from '../backends/host';
import type { HostTensor } from '../backends/session';
import type { ModelGraph } from '../compiler/lower/model';
import type { DataSource, ScoreSettings } from '../compiler/recipe/index';
import { openImageSet } from '../data/image-set';
import { checkDrawn } from '../sample/check-drawn';
import type { SetupProgress } from '../setup/progress';
import { drawAlike, scoredImage, type AlikeRequest } from './draw-alike';
import { openEfficientNetLite0, type FeatureExtractor } from './efficientnet-lite0';
import { frechetDistance } from './metrics/frechet';
import { gaussianDigest, gaussianOf } from './metrics/gaussian';
import { featureRows } from './metrics/rows';
import { referenceFeatures, spread } from './reference';

export interface ScoreRequest extends Omit<AlikeRequest, 'onProgress'> {
  readonly score: ScoreSettings;
  readonly data: DataSource;
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
  const { score, threads, onProgress: tell = () => {} } = request;
  const image = scoredImage(model);
  const set = await openImageSet(request.data, image);
  const extractor = await openEfficientNetLite0({ size: score.size, setup: request.setup, threads });
  try {
    const onProgress = (done: number, total: number): void => tell('reading features', done, total);
    const known = gaussianOf(featureRows(await referenceFeatures(set, extractor, { onProgress }), extractor.width));
    const all = spread(set.count, score.samples);
    const onDrawn = (done: number, total: number): void => tell('drawing', done, total);
    const drawn = await drawAlike(model, { ...request, onProgress: onDrawn }, set, all);
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
