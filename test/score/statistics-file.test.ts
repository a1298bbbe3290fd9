import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { writeNpz } from '../../src/data/npz';
import { gaussianOf } from '../../src/score/metrics/gaussian';
import { readStatistics, writeStatistics } from '../../src/score/statistics-file';
import { drawn, real } from '../support/features';
import { inFolder } from '../support/weft';

it('keeps every digit, with statistics of spatial features or without', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'a.npz');
    const [pooled, spatial] = [real, drawn].map(gaussianOf).map(({ mean, covariance }) => ({ mean, covariance }));
    await writeStatistics(path, { pooled });
    expect(await readStatistics(path)).toEqual({ pooled });
    await writeStatistics(path, { pooled, spatial });
    expect(await readStatistics(path)).toEqual({ pooled, spatial });
  }));

const array = (shape: readonly number[], ...numbers: number[]) => ({ shape, data: Float64Array.from(numbers) });
const mu = array([2], 1, 2);
const sigma = array([2, 2], 4, 1, 1, 3);

const format = 'Statistics are "mu" [features]';

it.each<[string, Parameters<typeof writeNpz>[1], string, string]>([
  ['other arrays', { x: mu }, 'it has x, and "mu" and "sigma" are needed', 'weft evaluate FOLDER --save-statistics'],
  ['images', { arr_0: mu }, 'it has arr_0', 'It holds images'],
  [
    'a matrix of means',
    { mu: array([2, 2], 1, 2, 3, 4), sigma },
    '"mu" is [2, 2], not one mean for each feature',
    format,
  ],
  [
    'a covariance of another width',
    { mu, sigma: array([1, 1], 1) },
    '"sigma" is [1, 1], where 2 means need [2, 2]',
    format,
  ],
  ['numbers that are not finite', { mu, sigma: array([2, 2], 4, NaN, NaN, 3) }, 'number 1 of "sigma" is NaN', format],
  ['an infinite mean', { mu: array([2], Infinity, 0), sigma }, 'number 0 of "mu" is Infinity', format],
  [
    'a negative variance',
    { mu, sigma: array([2, 2], 4, 1, 1, -3) },
    'the variance of feature 1 in "sigma" is -3',
    format,
  ],
  [
    'two sides that differ',
    { mu, sigma: array([2, 2], 4, 1, 2, 3) },
    '"sigma" is not symmetric: 2 at 1, 0 and 1 at 0, 1',
    format,
  ],
  [
    'covariances above the variances',
    { mu, sigma: array([2, 2], 1, 2, 2, 1) },
    'is larger than their variances allow',
    format,
  ],
  ['half of the spatial ones', { mu, sigma, mu_s: mu }, 'it has "mu_s" without the other of mu_s and sigma_s', format],
])('refuses %s', (_, arrays, why, hint) =>
  inFolder(async (folder) => {
    const path = join(folder, 'a.npz');
    await writeNpz(path, arrays);
    await expect(readStatistics(path)).rejects.toMatchObject({
      message: expect.stringContaining(why),
      hint: expect.stringContaining(hint),
    });
  }),
);
