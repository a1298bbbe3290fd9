import { expect, it } from '@jest/globals';
import type { ImageSet } from '../../src/data/image-set';
import type { FeatureExtractor } from '../../src/score/efficientnet-lite0';
import { referenceFeatures, spread } from '../../src/score/reference';
import { inFolder } from '../support/weft';

/** Images of one pixel: three of them, each of one grey. */
function greys(levels: readonly number[]): ImageSet {
  return {
    count: levels.length,
    height: 1,
    width: 1,
    channels: 3,
    numbers: 'levels',
    classes: ['all'],
    labels: new Int32Array(levels.length),
    captions: levels.map(() => 'grey'),
    skipped: [],
    digest: () => '',
    read: async (indices, into) => {
      Array.from(indices).forEach((index, i) => into.fill(levels[index], 3 * i, 3 * i + 3));
    },
    close: async () => {},
  };
}

/** The first number of every image, and a count of calls. */
function firstNumbers(size: number): FeatureExtractor & { calls: number } {
  const extractor = {
    calls: 0,
    facts: { extractor: 'first', weights: 'none', size },
    width: 1,
    features: async ({ data }: { readonly data: ArrayLike<number> }) => {
      extractor.calls++;
      return Float32Array.from({ length: data.length / 3 }, (_, i) => data[3 * i]);
    },
    close: async () => {},
  };
  return extractor;
}

it('reads the features of a set once, and again for other images or another extractor', () =>
  inFolder(async (cache) => {
    const extractor = firstNumbers(32);
    const features = () => referenceFeatures(greys([0, 255, 51]), extractor, { cache });
    const [a, b] = [await features(), await features()];
    expect([[...a], [...b], extractor.calls]).toEqual([[-1, 1, Math.fround(-0.6)], [...a], 1]);
    await referenceFeatures(greys([0, 255, 52]), extractor, { cache });
    expect(extractor.calls).toBe(2);
    const other = firstNumbers(64);
    await referenceFeatures(greys([0, 255, 51]), other, { cache });
    expect(other.calls).toBe(1);
  }));

it('spreads numbers evenly over a range', () => {
  expect(spread(10, 4)).toEqual([0, 2, 5, 7]);
  expect(spread(2, 5)).toEqual([0, 0, 0, 1, 1]);
});
