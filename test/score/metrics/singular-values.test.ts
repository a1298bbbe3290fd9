import { expect, it } from '@jest/globals';
import { rootOf, singularValues } from '../../../src/score/metrics/singular-values';
import { firstRows, peers, real } from '../../support/features';
import { relMax } from '../../support/golden';

it('are those of numpy, whichever side is longer', () => {
  const { width, data } = firstRows(real, 30);
  expect(relMax(singularValues(Float64Array.from(data), 30, width).sort(), peers.singular_values)).toBeLessThan(1e-13);
  const turned = Float64Array.from(data, (_, at) => data[(at % 30) * width + Math.floor(at / 30)]);
  expect(relMax(singularValues(turned, width, 30).sort(), peers.singular_values)).toBeLessThan(1e-13);
});

it('are 0 where a matrix has fewer dimensions than rows and columns', () => {
  // The product of a column and a row: its one value is the product of their lengths.
  const product = Float64Array.from({ length: 12 }, (_, at) => (Math.floor(at / 3) + 1) * ((at % 3) - 5));
  const values = singularValues(product, 4, 3).sort();
  expect(values[2]).toBeCloseTo(Math.sqrt(30 * (25 + 16 + 9)), 10);
  expect(values[1]).toBeLessThan(1e-13);
  expect([...singularValues(new Float64Array(6), 2, 3)]).toEqual([0, 0]);
  expect(singularValues(Float64Array.of(-3), 1, 1)[0]).toBeCloseTo(3, 14);
});

it('finds the rank of a covariance', () => {
  expect(rootOf(Float64Array.of(4, 2, 0, 2, 1, 0, 0, 0, 0), 3)).toEqual({ rows: 1, data: Float64Array.of(2, 1, 0) });
  expect(rootOf(new Float64Array(4), 2).rows).toBe(0);
});
