import { expect, it } from '@jest/globals';
import {
  decayRange,
  describeRange,
  outOfRange,
  positiveRange,
  probabilityRange,
  sizeRange,
} from '../../../src/compiler/bind/number-range';

it.each([
  [sizeRange, [1, 2, 2 ** 31 - 1], [0, -1, 1.5, 2 ** 31, NaN, Infinity, -Infinity], 'a whole number of at least 1'],
  [positiveRange, [1e-300, 5, 1.7e308], [0, -0, -1, NaN, Infinity], 'above 0'],
  [probabilityRange, [0, 0.5, 1], [-1e-9, 1.1, NaN, Infinity], 'between 0 and 1'],
  [decayRange, [0, 0.9999], [1, -0.1, NaN], 'at least 0 and below 1'],
  [{ whole: true, min: 17, max: 25 }, [17, 25], [16, 26, 17.5], 'a whole number from 17 to 25'],
  [{}, [0, -5, 1e308], [NaN, Infinity, -Infinity], 'a finite number'],
])('%j', (range, inside, outside, words) => {
  expect(inside.filter((x) => outOfRange(range, x) !== null)).toEqual([]);
  expect(outside.filter((x) => outOfRange(range, x) === null)).toEqual([]);
  expect(describeRange(range)).toBe(words);
});
