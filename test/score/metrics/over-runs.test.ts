import { expect, it } from '@jest/globals';
import { overRuns } from '../../../src/score/metrics/over-runs';

// scipy.stats.t.interval(0.95, n - 1, mean, std(ddof=1) / √n)
it.each([
  [[1, 2], -4.8531024, 7.8531024],
  [[1, 2, 4], -1.4612497, 6.1279164],
  [[812.5, 815, 816.25, 809], 808.0995759, 818.2754241],
])('gives %j the interval that scipy gives', (values, low, high) => {
  const found = overRuns(values);
  expect(found.runs).toBe(values.length);
  expect(found.low).toBeCloseTo(low, 4);
  expect(found.high).toBeCloseTo(high, 4);
});
