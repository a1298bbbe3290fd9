import { expect, it } from '@jest/globals';
import { suggest } from '../../../src/compiler/diagnostics/suggest';

it('names the nearest words first', () => {
  expect(suggest('pacth', ['path', 'patch', 'pixel', 'batch'])).toEqual(['patch', 'path']);
});

it('counts a swap as one slip and ignores case', () => {
  expect(suggest('WIDHT', ['width', 'height'])).toEqual(['width']);
});

it('suggests nothing for words that are far', () => {
  expect(suggest('depth', ['heads', 'width', 'classes'])).toEqual([]);
  expect(suggest('n', ['heads'])).toEqual([]);
});

it('suggests three at most', () => {
  expect(suggest('abc', ['abd', 'abe', 'abf', 'abg'])).toEqual(['abd', 'abe', 'abf']);
});

it('takes a single letter only for the same letter', () => {
  expect(suggest('N', ['M', 'n'])).toEqual(['n']);
});
