/** The features of an image set, with which trained models are compared: computed once, kept in the user's cache. */
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { readImages } from '../data/batches';
import type { ImageSet } from '../data/image-set';
import { readSafetensors, writeSafetensors } from '../data/safetensors';
import { cacheFolder, cacheKey } from '../files/cache';
import { makeCacheFolder } from '../files/cache-folder';
import type { FeatureExtractor } from './efficientnet-lite0';

/** The most images that are used; of larger sets they are spread evenly over the set. */
const mostImages = 10_000;

export interface ReferenceOptions {
  /** The folder for cached features; the user's cache by default. */
  readonly cache?: string;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Features `[images, width]` of a set's images. */
export async function referenceFeatures(
  set: ImageSet,
  extractor: FeatureExtractor,
  { cache = cacheFolder(), onProgress }: ReferenceOptions = {},
): Promise<Float32Array> {
  const images = await readImages(set, spread(set.count, Math.min(set.count, mostImages)));
  const pixels = createHash('sha256').update(images.data).digest('hex');
  const key = cacheKey({ shape: images.shape, pixels, extractor: extractor.facts });
  const path = join(cache, 'features', `${key}.safetensors`);
  const found = (await readSafetensors(path).catch(() => null))?.get('features');
  if (found?.data instanceof Float32Array && found.shape.join() === `${images.shape[0]},${extractor.width}`) {
    return found.data;
  }
  await makeCacheFolder(dirname(path));
  const features = await extractor.features(images, onProgress);
  await writeSafetensors(path, {
    features: { shape: [images.shape[0], extractor.width], dtype: 'f32', data: features },
  });
  return features;
}

/** `wanted` of the numbers below `count`, evenly spread; numbers repeat if there are fewer. */
export function spread(count: number, wanted: number): number[] {
  return Array.from({ length: wanted }, (_, i) => Math.floor((i * count) / wanted));
}
