import { expect, it } from '@jest/globals';
import { imageNoise } from '../../src/sample/noise';
import { noiseBetween } from '../../src/sample/noise-between';

const shape = [3, 4, 4];
const size = 48;
const columns = 5;
const way = noiseBetween({ seeds: [3, 8], columns }, shape, 2);
const at = (row: number, column: number): number[] => {
  const start = (row * columns + column) * size;
  return Array.from(way.data.slice(start, start + size));
};
const product = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i], 0);
const lengthOf = (a: readonly number[]): number => Math.sqrt(product(a, a));
const angle = (a: readonly number[], b: readonly number[]): number =>
  Math.acos(product(a, b) / lengthOf(a) / lengthOf(b));

it('leads in each row from the image of one seed to that of the other', () => {
  expect(way.shape).toEqual([10, ...shape]);
  for (const row of [0, 1]) {
    const ends = [3, 8].map((seed) => Array.from(imageNoise(seed, shape, 1, row).data));
    expect([at(row, 0), at(row, columns - 1)]).toEqual(ends);
  }
});

it('turns by equal angles, and has a length between those of the ends', () => {
  for (const row of [0, 1]) {
    const [first, last] = [at(row, 0), at(row, columns - 1)];
    for (let i = 1; i < columns; i++) {
      const share = i / (columns - 1);
      expect(angle(first, at(row, i))).toBeCloseTo(share * angle(first, last), 5);
      expect(lengthOf(at(row, i))).toBeCloseTo((1 - share) * lengthOf(first) + share * lengthOf(last), 5);
    }
  }
});

it('goes straight where one number has no angle', () => {
  const single = Array.from(noiseBetween({ seeds: [3, 8], columns: 3 }, [1, 1, 1], 1).data);
  const [from, to] = [3, 8].map((seed) => imageNoise(seed, [1, 1, 1], 1).data[0]);
  expect(single[1]).toBeCloseTo((from + to) / 2, 6);
});
