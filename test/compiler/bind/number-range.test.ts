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
  [positiveRange, [1e-37, 5, 3.4e38], [0, -0, -1, NaN, Infinity, 1e-39, 1e-300, 3.5e38], 'above 0'],
  [probabilityRange, [0, 0.5, 1], [-1e-9, 1.1, NaN, Infinity], 'between 0 and 1'],
  [decayRange, [0, 0.9999], [1, -0.1, NaN, 0.99999999], 'at least 0 and below 1'],
  [{ whole: true, min: 17, max: 25 }, [17, 25], [16, 26, 17.5], 'a whole number from 17 to 25'],
  [{}, [0, -5, 1e38], [NaN, Infinity, -Infinity, 1e39, -1e39, 1e-50], 'a finite number'],
  [{ double: true as const }, [0, 1e308, 1e-300], [NaN, Infinity], 'a finite number'],
])('%j', (range, inside, outside, words) => {
  expect(inside.filter((x) => outOfRange(range, x) !== null)).toEqual([]);
  expect(outside.filter((x) => outOfRange(range, x) === null)).toEqual([]);
  expect(describeRange(range)).toBe(words);
});
