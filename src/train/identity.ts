/** Digests of a training set: a run is only resumed on the same data. */
// Tested by test/train/data.test.ts.
import { invariant } from '../compiler/invariant';
import type { ImageSet } from '../data/image-set';
import type { DataIdentity } from './batches';

/** Digests of the encoders of captions and images. */
export interface EncoderDigests {
  readonly encoder?: string;
  readonly teacher?: string;
  /** Digests of the pictures that are paired with the images, by the input's name. */
  readonly paired?: { readonly [input: string]: string };
}

/** The fingerprint of a set: its images and classes, its captions if a model reads them, and the encoders. */
export function fingerprintOf(set: ImageSet, { encoder, teacher, paired = {} }: EncoderDigests): DataIdentity {
  const digest = set.digest({ captions: encoder !== undefined });
  const { source } = set;
  const images = { count: imagesOf(set), ...(digest !== null && { digest }), ...(source !== undefined && { source }) };
  const some = Object.keys(paired).length > 0;
  return {
    images,
    ...(some && { paired }),
    ...(encoder !== undefined && { encoder }),
    ...(teacher !== undefined && { teacher }),
  };
}

/** The digest of a set whose images are all rendered. */
export function digestOfAll(set: ImageSet, captions: boolean): string {
  const digest = set.digest({ captions });
  invariant(digest !== null, 'an image is not rendered');
  return digest;
}

/** The number of images that an epoch of training shows. */
export function imagesOf({ places, count }: Pick<ImageSet, 'places' | 'count'>): number {
  return places?.count ?? count;
}
