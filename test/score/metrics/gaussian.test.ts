import { expect, it } from '@jest/globals';
import { gaussianDigest, gaussianOf, gaussianOfParts, rootOfGaussian } from '../../../src/score/metrics/gaussian';
import { firstRows, real } from '../../support/features';
import { relMax } from '../../support/golden';

it('has the mean and covariance of the rows', () => {
  const { count, mean, covariance, root } = gaussianOf({ count: 3, width: 2, data: Float64Array.of(1, 2, 3, 0, 5, 4) });
  expect([count, [...mean], [...covariance], root]).toEqual([3, [3, 2], [4, 2, 2, 4], undefined]);
});

it('is the same for features in parts, which are told', async () => {
  const told: string[] = [];
  const { width, data } = real;
  const parts = [0, 7, 200, 300];
  const read = () =>
    parts.slice(1).map((to, i) => ({
      count: to - parts[i],
      width,
      data: data.slice(parts[i] * width, to * width),
    }));
  const found = await gaussianOfParts({ count: 300, width, parts: read }, (done, total) => {
    told.push(`${done}/${total}`);
  });
  const whole = gaussianOf(real);
  expect([found.count, told]).toEqual([300, ['7/300', '200/300', '300/300']]);
  expect(relMax(found.mean, whole.mean)).toBeLessThan(1e-14);
  expect(relMax(found.covariance, whole.covariance)).toBeLessThan(1e-14);
});

it('has a root of its covariance, of rows or of the covariance alone', async () => {
  for (const gaussian of [gaussianOf(firstRows(real, 9)), gaussianOf(real)]) {
    const { rows, data } = rootOfGaussian(gaussian);
    const { length: width } = gaussian.mean;
    const product = gaussian.covariance.map((_, at) => {
      const [i, j] = [Math.floor(at / width), at % width];
      return Array.from({ length: rows }, (_, k) => data[k * width + i] * data[k * width + j]).reduce((a, b) => a + b);
    });
    expect(relMax(product, gaussian.covariance)).toBeLessThan(1e-14);
  }
  const few = firstRows(real, 9);
  const parts = await gaussianOfParts({ count: 9, width: few.width, parts: () => [few] });
  expect(parts.root?.rows).toBe(9);
});

it('names a Gaussian by its numbers', () => {
  const data = real.data.slice(0, 36);
  const name = gaussianDigest(gaussianOf({ count: 9, width: 4, data }));
  expect(name).toMatch(/^[0-9a-f]{16}$/);
  expect(gaussianDigest(gaussianOf({ count: 9, width: 4, data: Float64Array.from(data) }))).toBe(name);
  data[7] += 1e-9;
  expect(gaussianDigest(gaussianOf({ count: 9, width: 4, data }))).not.toBe(name);
});
