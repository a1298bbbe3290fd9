import { expect, it } from '@jest/globals';
import { checkDrawn, drawnNote } from '../../src/sample/check-drawn';
import { failureOf } from '../support/failure';

const images = (...data: number[]) => ({ shape: [3, 1, 1, 2], dtype: 'f32', data: Float32Array.from(data) }) as const;

it('lets finite images through, however large their numbers', () => {
  const drawn = images(0, -1, 1, 3e38, -3e38, 0);
  expect(checkDrawn(drawn, () => {})).toBe(drawn);
});

it('tells of pictures that show nothing, and of no latents', () => {
  const told: string[] = [];
  checkDrawn(images(0, 1, 0, 0, 0, 0.5), (note) => told.push(note));
  expect(told).toEqual([expect.stringContaining('1 of 3 pictures is of one colour')]);
  expect(drawnNote({ shape: [1, 2, 1, 1], dtype: 'f32', data: new Float32Array(2) })).toBeNull();
});

it('says of images that are written all the same how many are not finite', () => {
  expect(drawnNote(images(0, 1, NaN, 0, 0, 0))).toMatch(
    '1 of 3 images is not finite, and black where they are pictures',
  );
});

it.each([
  ['NaN', images(0, 0, NaN, NaN, 0, 0), 1],
  ['infinity', images(Infinity, 0, 0, 0, 0, -Infinity), 2],
])('refuses %s and says in how many images', async (_, drawn, count) => {
  expect(await failureOf(() => checkDrawn(drawn))).toMatch(`not finite in ${count} of 3 images`);
});
