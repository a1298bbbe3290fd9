import { expect, it } from '@jest/globals';
import { kernelDistance, polynomialDiscrepancy } from '../../../src/score/metrics/kernel-distance';
import { drawn, firstRows, patternedFeatures, peers, real, relative } from '../../support/features';

it('is what torch-fidelity gives', async () => {
  const found = await polynomialDiscrepancy(firstRows(real, 200), firstRows(drawn, 200));
  expect(relative(found, peers.kernel_distance)).toBeLessThan(1e-9);
});

it('is the mean over subsets, which the seed alone decides', async () => {
  const told: number[] = [];
  const options = { subsets: 40, subsetSize: 100, seed: 3 };
  const found = await kernelDistance(real, drawn, options, { onProgress: (done) => told.push(done) });
  expect([found.subsets, found.subsetSize, told.length]).toEqual([40, 100, 40]);
  // The mean over subsets is an estimate of the same quantity; five standard errors are allowed.
  const whole = await polynomialDiscrepancy(real, drawn);
  expect(Math.abs(found.mean - whole)).toBeLessThan((5 * found.deviation) / Math.sqrt(40));
  expect(await kernelDistance(real, drawn, options)).toEqual(found);
  expect((await kernelDistance(real, drawn, { ...options, seed: 4 })).mean).not.toBe(found.mean);
});

it('takes all images where a subset would have more, and is about 0 for one distribution', async () => {
  const other = patternedFeatures('features/other', 280, 20, 1);
  const found = await kernelDistance(real, other, { subsets: 3, seed: 0 });
  expect(found.subsetSize).toBe(280);
  // Two sets of 280 differ by chance; the drawn set, which is wider, by many times that.
  expect(Math.abs(found.mean)).toBeLessThan(0.2 * peers.kernel_distance);
});
