import { expect, it } from '@jest/globals';
import { oneColourNote } from '../../src/sample/one-colour';

const images = (shape: readonly number[], ...data: number[]) =>
  ({ shape, dtype: 'f32', data: Float32Array.from(data) }) as const;

it.each([
  ['black ones, however far below', images([2, 1, 1, 2], -1, -3e38, 0, 1), '1 of 2 pictures is', 'levels 0 '],
  ['white ones', images([1, 1, 2, 1], 1, 9), '1 of 1 picture is', 'levels 255 '],
  [
    'one colour of three channels',
    images([1, 3, 1, 2], 1, 1, -1, -1, 0, 0),
    '1 of 1 picture is',
    'levels 255, 0, 128 ',
  ],
  ['differences that no level shows', images([1, 1, 1, 2], 0.5, 0.5001), '1 of 1 picture is', 'levels 191 '],
])('tells of %s', (_, drawn, count, levels) => {
  expect(oneColourNote(drawn)).toContain(`${count} of one colour (${levels}in the first)`);
});

it.each([
  ['two levels', images([1, 1, 1, 2], 0, 0.01)],
  ['one channel that differs', images([1, 3, 1, 2], 1, 1, -1, -1, 0, 1)],
  ['pictures of a single pixel', images([2, 1, 1, 1], 0, 0)],
])('says nothing of %s', (_, drawn) => {
  expect(oneColourNote(drawn)).toBeNull();
});
