import { expect, it } from '@jest/globals';
import { positiveInteger, readGuidance, readSet, wholeNumber } from '../../src/cli/options';

it('collects hyper-parameters, the last one winning', () => {
  expect(readSet('size=8x8', readSet('size=4x4', readSet('ratio=a=b')))).toEqual({ ratio: 'a=b', size: '8x8' });
  expect(() => readSet('=3')).toThrow('key=value');
});

it('reads whole numbers as specs write them', () => {
  expect(['500', '20k', '1.5m', '1e5', '0'].map(wholeNumber)).toEqual([500, 20_000, 1_500_000, 100_000, 0]);
  for (const wrong of ['-1', '1.5', 'ten', '', '1kk']) expect(() => wholeNumber(wrong)).toThrow('whole number');
  expect(() => positiveInteger('0')).toThrow('at least 1');
});

it('reads guidance with or without its interval', () => {
  expect(readGuidance('3.25')).toEqual({ scale: 3.25, from: 0, to: 1 });
  expect(readGuidance('3.25, 0.1, 0.9')).toEqual({ scale: 3.25, from: 0.1, to: 0.9 });
  for (const wrong of ['', 'x', '1,2,3,4', '2,,1']) expect(() => readGuidance(wrong)).toThrow('SCALE');
  expect(() => readGuidance('2,0.5,0.5')).toThrow('empty');
});
