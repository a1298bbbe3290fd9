import { runInNewContext } from 'node:vm';
import { expect, it } from '@jest/globals';
import { restoreUtilPredicates, shimScript } from '../../src/setup/node-shims';

it('gives a util module without predicates the ones tfjs-node calls', () => {
  const util: { [name: string]: unknown } = {};
  restoreUtilPredicates(util);
  const isNullOrUndefined = util.isNullOrUndefined as (x: unknown) => boolean;
  expect([null, undefined, 0, ''].map(isNullOrUndefined)).toEqual([true, true, false, false]);
  const isArray = util.isArray as (x: unknown) => boolean;
  expect([[], {}].map(isArray)).toEqual([true, false]);
});

it('leaves predicates that are there as they are', () => {
  const own = () => true;
  const util: { [name: string]: unknown } = { isArray: own };
  restoreUtilPredicates(util);
  expect(util.isArray).toBe(own);
});

it('works from its source text in another process', () => {
  const util: { isNullOrUndefined?: (x: unknown) => boolean } = {};
  runInNewContext(shimScript, { require: () => util });
  expect(util.isNullOrUndefined?.(null)).toBe(true);
});
