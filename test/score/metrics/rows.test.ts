import { expect, it } from '@jest/globals';
import {
  addProducts,
  distancesOf,
  productsOfPairs,
  rowsAt,
  squaredNorms,
  unitRows,
  type FeatureRows,
} from '../../../src/score/metrics/rows';
import { drawn, firstRows, patternedFeatures, real } from '../../support/features';

function plainProduct(a: FeatureRows, b: FeatureRows, i: number, j: number): number {
  let sum = 0;
  for (let k = 0; k < a.width; k++) sum += a.data[i * a.width + k] * b.data[j * a.width + k];
  return sum;
}

it.each([
  [1, 1],
  [4, 2],
  [7, 5],
  [9, 8],
])('multiplies all of %i rows with all of %i', (rows, columns) => {
  const [a, b] = [firstRows(real, rows), firstRows(drawn, columns)];
  const into = new Float64Array(rows * columns).fill(1);
  addProducts(into, Float64Array.from(a.data), Float64Array.from(b.data), { rows, columns, inner: a.width });
  into.forEach((x, at) => expect(x - 1).toBeCloseTo(plainProduct(a, b, Math.floor(at / columns), at % columns), 12));
});

it('visits every pair once, in blocks', async () => {
  const [a, b] = [patternedFeatures('a', 300, 3, 1), patternedFeatures('b', 520, 3, 1)];
  const [norms, others] = [squaredNorms(a), squaredNorms(b)];
  const seen = new Float64Array(300 * 520);
  const told: string[] = [];
  await productsOfPairs(
    a,
    b,
    (block) => {
      distancesOf(block, norms, others).forEach((x, at) => {
        const { first, second } = block;
        seen[(first.from + Math.floor(at / second.count)) * 520 + second.from + (at % second.count)] += x;
      });
    },
    { onProgress: (done, total) => told.push(`${done}/${total}`) },
  );
  expect(told.at(-1)).toBe('6/6');
  for (const [i, j] of [
    [0, 0],
    [299, 519],
    [256, 255],
    [17, 400],
  ]) {
    const want = [0, 1, 2].reduce((sum, k) => sum + (a.data[3 * i + k] - b.data[3 * j + k]) ** 2, 0);
    expect(seen[i * 520 + j]).toBeCloseTo(want, 12);
  }
  const signal = AbortSignal.abort();
  await expect(productsOfPairs(a, b, () => {}, { signal })).rejects.toThrow('aborted');
});

it('takes rows by their numbers, and makes them of length 1', () => {
  const rows = { count: 3, width: 2, data: Float32Array.of(3, 4, 0, 0, 1, 0) };
  expect([...rowsAt(rows, [2, 0]).data]).toEqual([1, 0, 3, 4]);
  expect([...unitRows(rows).data]).toEqual([0.6, 0.8, 0, 0, 1, 0]);
});
