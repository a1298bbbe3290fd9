import { expect, it } from '@jest/globals';
import { gaussianDiscrepancy } from '../../../src/score/metrics/gaussian-discrepancy';
import { drawn, peers, real, relative } from '../../support/features';

it('is what numpy gives by the formula of the paper', async () => {
  // numpy rounds kernels near 1, and their differences are a hundred thousandth of them.
  expect(relative(await gaussianDiscrepancy(real, drawn), peers.gaussian_discrepancy)).toBeLessThan(1e-9);
});

it('is 0 for a set and itself, however long its features are', async () => {
  expect(await gaussianDiscrepancy(real, real)).toBeCloseTo(0, 12);
  const longer = { ...drawn, data: drawn.data.map((x) => 7 * x) };
  expect(await gaussianDiscrepancy(real, longer)).toBeCloseTo(await gaussianDiscrepancy(real, drawn), 10);
});
