import { expect, it } from '@jest/globals';
import { cacheFolder, cacheKey } from '../../src/files/cache';

it('lies where XDG_CACHE_HOME says, else in ~/.cache', () => {
  expect(cacheFolder({ XDG_CACHE_HOME: '/somewhere' })).toBe('/somewhere/weft');
  expect(cacheFolder({})).toMatch(/[/\\]\.cache[/\\]weft$/);
});

it('keys do not depend on the order of names, but on every value', () => {
  expect(cacheKey({ a: 1, b: { c: 2, d: [1, 2] } })).toBe(cacheKey({ b: { d: [1, 2], c: 2 }, a: 1 }));
  expect(cacheKey({ a: 1 })).not.toBe(cacheKey({ a: 2 }));
  expect(cacheKey({ a: [1, 2] })).not.toBe(cacheKey({ a: [2, 1] }));
});
