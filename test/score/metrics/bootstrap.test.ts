import { expect, it } from '@jest/globals';
import { bootstrapInterval, meanInterval } from '../../../src/score/metrics/bootstrap';
import { normal } from '../../support/tiny-model';

it('gives a mean the interval that its standard error says', () => {
  const values = Float64Array.from(normal([400], 1, 1).data);
  const mean = values.reduce((a, b) => a + b) / 400;
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 400);
  const { low, high } = meanInterval(values, { resamples: 1000, seed: 2 });
  expect((low + high) / 2).toBeCloseTo(mean, 10);
  // A deviation of 1,000 draws is known to 1 / √2000, or 2.2 %; four times that is allowed.
  expect((high - low) / 2 / ((1.96 * deviation) / 20)).toBeCloseTo(1, 1);
  expect(meanInterval(values, { resamples: 1000, seed: 2 })).toEqual({ low, high });
});

it('stands around the value of all images, not around that of its resamples', () => {
  // Fewer different numbers are drawn than there are.
  const different = (numbers: Uint32Array): number => new Set(numbers).size;
  const { low, high } = bootstrapInterval(100, 100, different, { resamples: 50, seed: 0 });
  expect((low + high) / 2).toBeCloseTo(100, 10);
  expect(low).toBeGreaterThan(85);
});
