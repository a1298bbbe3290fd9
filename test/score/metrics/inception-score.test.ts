import { expect, it } from '@jest/globals';
import { InceptionScoreSum } from '../../../src/score/metrics/inception-score';
import { firstRows, patternedFeatures, peers, relative } from '../../support/features';

it('is what torch-fidelity gives, in parts', () => {
  const logits = patternedFeatures('features/logits', 103, 12, 3);
  const score = new InceptionScoreSum(12, 10);
  // Image i is in the split that begins at the last multiple of 103 / 10 not above it, rounded down.
  const splitOf = (i: number): number =>
    Array.from({ length: 10 }, (_, k) => Math.floor((k * 103) / 10)).findLastIndex((at) => at <= i);
  score.add(firstRows(logits, 40), splitOf);
  score.add({ count: 63, width: 12, data: logits.data.slice(40 * 12) }, (row) => splitOf(row + 40));
  const { mean, deviation } = score.result();
  expect(relative(mean, peers.inception_score.inception_score_mean)).toBeLessThan(1e-12);
  expect(relative(deviation, peers.inception_score.inception_score_std)).toBeLessThan(1e-10);
});

it('is the number of classes where each image is surely of one and all are as frequent, 1 where all look alike', () => {
  const scoreOf = (data: number[]): number => {
    const sum = new InceptionScoreSum(3, 1);
    sum.add({ count: data.length / 3, width: 3, data: Float64Array.from(data) }, () => 0);
    return sum.result().mean;
  };
  expect(scoreOf([900, 0, 0, 0, 900, 0, 0, 0, 900])).toBeCloseTo(3, 12);
  expect(scoreOf([1, 2, 3, 1, 2, 3])).toBeCloseTo(1, 12);
});
