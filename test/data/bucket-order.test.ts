import { expect, it } from '@jest/globals';
import { BucketOrder } from '../../src/data/bucket-order';

const buckets = [
  { images: 40, batch: 8 },
  { images: 30, batch: 10 },
  { images: 3, batch: 8 },
];
const steps = (order: BucketOrder, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => order.at(from + i));

it('shows in every round each bucket as often as it has batches, one at least, and its batches in order', () => {
  const found = steps(new BucketOrder(buckets, 5), 0, 27);
  for (const round of [0, 1, 2]) {
    const part = found.slice(9 * round, 9 * round + 9);
    expect([0, 1, 2].map((bucket) => part.filter((s) => s.bucket === bucket).length)).toEqual([5, 3, 1]);
  }
  for (const bucket of [0, 1, 2]) {
    const own = found.filter((s) => s.bucket === bucket);
    expect(own.map((s) => s.step)).toEqual(own.map((_, i) => i));
  }
});

it('depends on seed and step alone, and differs between rounds', () => {
  const whole = steps(new BucketOrder(buckets, 5), 0, 27);
  expect(steps(new BucketOrder(buckets, 5), 13, 27)).toEqual(whole.slice(13));
  expect(steps(new BucketOrder(buckets, 6), 0, 27)).not.toEqual(whole);
  const names = (round: number): string =>
    whole
      .slice(9 * round, 9 * round + 9)
      .map((s) => s.bucket)
      .join('');
  expect(new Set([names(0), names(1), names(2)]).size).toBeGreaterThan(1);
});
