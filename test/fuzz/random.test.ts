import { expect, it } from '@jest/globals';
import { Random } from '../../fuzz/random';

const draws = (seed: number, stream: number): number[] => {
  const random = new Random(seed, stream);
  return Array.from({ length: 5 }, () => random.next());
};

it('repeats itself for a seed and a stream', () => {
  expect(draws(7, 3)).toEqual(draws(7, 3));
});

it('differs between seeds and between streams', () => {
  expect(new Set([draws(7, 3), draws(8, 3), draws(7, 4), draws(3, 7)].map(String)).size).toBe(4);
});

it('covers its range evenly', () => {
  const random = new Random(1);
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 4000; i++) counts[random.below(4)]++;
  // Five standard deviations of a binomial count: √(4000 · 1/4 · 3/4) = 27.
  for (const n of counts) expect(Math.abs(n - 1000)).toBeLessThan(140);
});
