import { expect, it } from '@jest/globals';
import { checkDrawn } from '../../src/sample/check-drawn';
import { failureOf } from '../support/failure';

const images = (...data: number[]) => ({ shape: [3, 1, 1, 2], dtype: 'f32', data: Float32Array.from(data) }) as const;

it('lets finite images through, however large their numbers', () => {
  const drawn = images(0, -1, 1, 3e38, -3e38, 0);
  expect(checkDrawn(drawn)).toBe(drawn);
});

it.each([
  ['NaN', images(0, 0, NaN, NaN, 0, 0), 1],
  ['infinity', images(Infinity, 0, 0, 0, 0, -Infinity), 2],
])('refuses %s and says in how many images', async (_, drawn, count) => {
  expect(await failureOf(() => checkDrawn(drawn))).toMatch(`not finite in ${count} of 3 images`);
});
