import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import sharp from 'sharp';
import { samplingChartSvg, writeSamplingChart } from '../../src/data/sampling-chart';
import { withTemporaryFolder } from '../../src/files/atomic';

const point = (values: readonly string[], evaluations: number, mean: number, isOnFront = false) => ({
  values,
  evaluations,
  mean,
  deviation: 1,
  isOnFront,
});
const chart = {
  title: 'runs/a',
  metric: 'Fréchet distance',
  axes: ['solver', 'steps'],
  points: [
    point(['euler', '5'], 5, 120, true),
    point(['euler', '50'], 50, 90),
    point(['heun', '5'], 5, 125),
    point(['heun', '50'], 50, 80, true),
  ],
};
const count = (svg: string, what: RegExp): number => svg.match(what)?.length ?? 0;

it('draws every point in both panels, a line for each solver, and a ring around what no other beats', () => {
  const svg = samplingChartSvg(chart);
  expect(count(svg, /r="4"/g)).toBe(8);
  expect(count(svg, /stroke-width="1.5"/g)).toBe(2);
  expect(count(svg, /r="8"/g)).toBe(2);
  expect(count(svg, /stroke-dasharray/g)).toBe(1);
  // More is higher up: the first point is the second highest.
  const heights = [...svg.matchAll(/cy="([\d.]+)" r="4"/g)].slice(0, 4).map((m) => Number(m[1]));
  expect([...heights].sort((a, b) => a - b)).toEqual([heights[2], heights[0], heights[1], heights[3]]);
});

it('draws one point, equal points, one axis, and numbers that are not finite', () => {
  const cases = [
    [],
    [chart.points[0]],
    [point(['x'], 1, 0), point(['y'], 1, 0)],
    [point(['x'], 1, NaN), point(['y'], 2, 5, true)],
    Array.from({ length: 40 }, (_, i) => point([`line ${i}`, `${i % 20}`], i + 1, i)),
  ];
  for (const points of cases) expect(samplingChartSvg({ ...chart, points })).not.toMatch(/NaN|Infinity|undefined/);
});

it('writes a PNG', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'sweep.png');
    await writeSamplingChart(path, chart);
    expect(await sharp(path).metadata()).toMatchObject({ format: 'png', width: 2240, height: 920 });
  }));
