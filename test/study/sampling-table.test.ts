import { expect, it } from '@jest/globals';
import { renderSamplingTable, samplingTable } from '../../src/study/sampling-table';

const about = {
  run: 'runs/a',
  axes: ['solver', 'steps'],
  seeds: [0, 1],
  images: 500,
  metrics: ['frechet', 'recall'],
} as const;
const cells = [
  {
    values: ['euler', '5'],
    evaluations: 5,
    seeds: [
      [120, 0.2],
      [124, 0.3],
    ],
  },
  {
    values: ['euler', '10'],
    evaluations: 10,
    seeds: [
      [90, 0.4],
      [90, 0.4],
    ],
  },
  {
    values: ['heun', '5'],
    evaluations: 10,
    seeds: [
      [101, 0.5],
      [99, 0.5],
    ],
  },
  {
    values: ['heun', '10'],
    evaluations: 20,
    seeds: [
      [90, 0.6],
      [90, 0.6],
    ],
  },
];

it('gives each combination its mean and spread, and marks what no other beats with as few evaluations', () => {
  expect(renderSamplingTable(samplingTable(about, cells)).join('\n')).toBe(
    `runs/a: 4 settings, 500 pictures each, seeds 0, 1; mean ± standard deviation over seeds

  solver  steps     evaluations  Fréchet distance           recall
  euler   5      *            5       122.0 ± 2.8  0.2500 ± 0.0707
  euler   10     *           10        90.0 ± 0.0  0.4000 ± 0.0000
  heun    5                  10       100.0 ± 1.4  0.5000 ± 0.0000
  heun    10                 20        90.0 ± 0.0  0.6000 ± 0.0000

Evaluations of the model for one picture; where guidance acts, its branches are two. * no other has a smaller Fréchet distance with as few.`,
  );
});

it('takes the other direction for metrics of which more is better, and shows no spread of one seed', () => {
  const one = cells.map((cell) => ({ ...cell, seeds: cell.seeds.slice(0, 1).map(([, recall]) => [recall]) }));
  const table = samplingTable({ ...about, seeds: [3], metrics: ['recall'] }, one);
  expect(table.rows.map((r) => r.isOnFront)).toEqual([true, false, true, true]);
  expect(renderSamplingTable(table).join('\n')).not.toContain('±');
  expect(renderSamplingTable(table)[0]).toBe('runs/a: 4 settings, 500 pictures each, seed 3');
});
