import { expect, it } from '@jest/globals';
import { counted, someOf } from '../../src/compiler/diagnostics/counted';

it.each([
  [0, '0 tensors'],
  [1, '1 tensor'],
  [2, '2 tensors'],
])('counts %i', (count, text) => expect(counted(count, 'tensor')).toBe(text));

it('takes a plural of its own', () => {
  expect([1, 2].map((n) => counted(n, 'file was', 'files were'))).toEqual(['1 file was', '2 files were']);
});

it.each([
  [2, 'a, b'],
  [3, 'a, b, c'],
  [4, 'a, b and 2 more'],
  [5, 'a, b and 3 more'],
])('names two of %i names, or all where one more would be left', (count, text) => {
  expect(someOf([...'abcde'].slice(0, count), 2)).toBe(text);
});
