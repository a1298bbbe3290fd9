import { expect, it } from '@jest/globals';
import { frechetDistance } from '../../../src/score/metrics/frechet';
import { gaussianOf as gaussianOfRows, type Gaussian } from '../../../src/score/metrics/gaussian';
import { featureRows } from '../../../src/score/metrics/rows';
import { drawn, firstRows, peers, real, relative } from '../../support/features';
import { normal } from '../../support/tiny-model';

function gaussianOf(features: ArrayLike<number>, width: number): Gaussian {
  return gaussianOfRows(featureRows(Float64Array.from(features), width));
}

/** Four points around a centre whose covariance is exactly diag(x², y²), turned by an angle. */
function cross(centre: readonly number[], x: number, y: number, angle = 0): number[] {
  const far = Math.sqrt(3 / 2);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const points = [x, -x].map((u) => [u * far, 0]).concat([y, -y].map((v) => [0, v * far]));
  return points.flatMap(([u, v]) => [centre[0] + cos * u - sin * v, centre[1] + sin * u + cos * v]);
}

it.each(Object.entries(peers.frechet))('is what %s gives', (_, want) => {
  expect(relative(frechetDistance(gaussianOfRows(real), gaussianOfRows(drawn)), want)).toBeLessThan(1e-9);
});

it('is what numpy gives for fewer images than features', () => {
  const [first, second] = [gaussianOfRows(firstRows(real, 12)), gaussianOfRows(firstRows(drawn, 15))];
  expect(relative(frechetDistance(first, second), peers.frechet_of_few)).toBeLessThan(1e-9);
  // Of the covariance alone, as a file of statistics has it: the roots of its zeros are some 1e-8.
  const { root: _, ...stored } = first;
  expect(relative(frechetDistance(stored, second), peers.frechet_of_few)).toBeLessThan(1e-6);
});

it('is |μ₁ − μ₂|² + Σ (σ₁ − σ₂)² where covariances share their axes', () => {
  const distance = frechetDistance(gaussianOf(cross([1, 2], 3, 1), 2), gaussianOf(cross([4, -2], 0.5, 5), 2));
  expect(distance).toBeCloseTo(25 + 2.5 ** 2 + 4 ** 2, 10);
});

// For two rows and columns tr √M = √(tr M + 2·√det M), with M = Σ₁Σ₂ of determinant 6² · 4² here.
it('agrees with the closed form in two dimensions where they do not', () => {
  const [angle, a, b] = [0.7, [3, 2], [1, 4]];
  const { cos, sin } = { cos: Math.cos(angle) ** 2, sin: Math.sin(angle) ** 2 };
  const trace = 9 * (cos * 1 + sin * 16) + 4 * (sin * 1 + cos * 16);
  const want = 9 + 4 + 1 + 16 - 2 * Math.sqrt(trace + 2 * 6 * 4);
  const [first, second] = [gaussianOf(cross([0, 0], a[0], a[1]), 2), gaussianOf(cross([0, 0], b[0], b[1], angle), 2)];
  expect(frechetDistance(first, second)).toBeCloseTo(want, 10);
  expect(frechetDistance(second, first)).toBeCloseTo(want, 10);
});

it('is the same in a space of many more dimensions than there are points', () => {
  const [first, second] = [cross([1, 0], 3, 2), cross([0, 2], 1, 4, 0.7)];
  const want = frechetDistance(gaussianOf(first, 2), gaussianOf(second, 2));
  // Two directions of length 1 and at right angles in 40 dimensions.
  const wide = (points: readonly number[]): number[] =>
    Array.from({ length: points.length / 2 }).flatMap((_, i) =>
      Array.from({ length: 40 }, (_, k) => points[2 * i + (k % 2)] / Math.sqrt(20)),
    );
  expect(frechetDistance(gaussianOf(wide(first), 40), gaussianOf(wide(second), 40))).toBeCloseTo(want, 10);
});

it('is 0 for a set and itself, and the squared distance for a set that was moved', () => {
  const points = normal([30, 6], 1, 1).data;
  const moved = points.map((x, i) => x + (i % 6 === 2 ? 3 : 0));
  expect(frechetDistance(gaussianOf(points, 6), gaussianOf(points, 6))).toBeCloseTo(0, 9);
  expect(frechetDistance(gaussianOf(points, 6), gaussianOf(moved, 6))).toBeCloseTo(9, 9);
});
