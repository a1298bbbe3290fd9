/** Scores many images of synthetic scenes: the share for which each claim of the caption holds, with its confidence interval. */
import type { ImageSize } from './image-set';
import { checkScene } from './scene-checker';
import { scene, type Scene, type SceneOptions } from './sources/scenes';

export const claims = ['shape', 'colour', 'count', 'position'] as const;
type Claim = (typeof claims)[number];

/** A share of the images with its 95 % confidence interval; all values are in 0..1. */
export interface Share {
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** The share for each claim, and for all claims of an image together. */
export type SceneScore = { readonly [K in Claim | 'all']: Share };

/** The first scenes of a split, in an order set by the seed; a whole round has every combination equally often. */
export function scenesOf({ count, ...options }: SceneOptions): Scene[] {
  return Array.from({ length: count }, (_, i) => scene(i, options));
}

/** Checks images, bytes [captions.length, height, width, 3], against their captions. */
export function scoreScenes(pixels: Uint8Array, size: ImageSize, captions: readonly string[]): SceneScore {
  const length = size.height * size.width * 3;
  const verdicts = captions.map((caption, i) =>
    checkScene(pixels.subarray(i * length, (i + 1) * length), size, caption),
  );
  const shareWhere = (holds: (verdict: (typeof verdicts)[number]) => boolean): Share =>
    share(verdicts.filter(holds).length, verdicts.length);
  const right = (claim: Claim): Share => shareWhere((verdict) => verdict[claim] !== false);
  return {
    shape: right('shape'),
    colour: right('colour'),
    count: right('count'),
    position: right('position'),
    all: shareWhere((verdict) => claims.every((claim) => verdict[claim] !== false)),
  };
}

/** `right` of `count` with Wilson's 95 % interval, which also holds near 0 and 1. */
export function share(right: number, count: number): Share {
  const z = 1.96;
  const p = right / count;
  const middle = (p + (z * z) / (2 * count)) / (1 + (z * z) / count);
  const reach = (z / (1 + (z * z) / count)) * Math.sqrt((p * (1 - p)) / count + (z * z) / (4 * count * count));
  return { share: p, low: Math.max(0, middle - reach), high: Math.min(1, middle + reach) };
}
