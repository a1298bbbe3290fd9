import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import sharp from 'sharp';
import { formatTick, logTicks, niceTicks } from '../../src/data/axis';
import { lossCurveSvg, smoothed, writeLossCurve } from '../../src/data/loss-curve';
import { withTemporaryFolder } from '../../src/files/atomic';

const falling = Array.from({ length: 400 }, (_, step) => ({ step, loss: Math.exp(-step / 60) + 0.01 }));

it('ticks are round numbers', () => {
  expect(niceTicks([0, 1], 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(niceTicks([0, 19999], 6)).toEqual([0, 5000, 10000, 15000]);
  expect(niceTicks([-0.31, 0.12], 6)).toEqual([-0.3, -0.2, -0.1, 0, 0.1]);
  expect(logTicks([0.03, 2])).toEqual([0.05, 0.1, 0.2, 0.5, 1, 2]);
  expect(logTicks([1e-5, 1])).toEqual([1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1]);
});

it('ticks are written short, in one unit', () => {
  expect([0, 5000, 15000].map((t) => formatTick(t, 15000))).toEqual(['0', '5k', '15k']);
  expect([0.05, 5e-4, 2000, 0.30000000000000004].map((t) => formatTick(t))).toEqual(['0.05', '5e-4', '2000', '0.3']);
});

it('smoothing keeps constants and straight lines', () => {
  const line = Array.from({ length: 300 }, (_, step) => ({ step, loss: 2 + step }));
  const even = smoothed(line);
  for (let i = 0; i < 297; i++) expect(even[i].loss).toBeCloseTo(2 + i, 9);
  expect(smoothed([{ step: 0, loss: 3 }])).toEqual([{ step: 0, loss: 3 }]);
});

it('takes a logarithmic axis when the loss falls by more than ten times', () => {
  expect(lossCurveSvg(falling)).toContain('<svg');
  const above = (svg: string): number => (svg.match(/#e6e6e6/g) ?? []).length;
  expect(above(lossCurveSvg(falling))).toBe(logTicks([0.0108, 1.05]).length);
});

it('draws no run, one point, equal losses and infinite losses without odd numbers', () => {
  const cases = [
    [],
    [{ step: 5, loss: 1 }],
    [0, 1, 2].map((step) => ({ step, loss: 0 })),
    [NaN, 1, Infinity, 0.5, -2].map((loss, step) => ({ step, loss })),
    [
      { step: 0, loss: 100 },
      { step: 1, loss: 0 },
    ],
  ];
  for (const points of cases) expect(lossCurveSvg(points)).not.toMatch(/NaN|Infinity|undefined/);
});

it('long runs give a small drawing', () => {
  const long = Array.from({ length: 100_000 }, (_, step) => ({ step, loss: 1 + Math.sin(step) / 2 }));
  expect(lossCurveSvg(long).length).toBeLessThan(200_000);
});

it('is drawn as a PNG with both curves and dark letters, whatever fonts there are', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'loss.png');
    await writeLossCurve(path, falling, 'tiny run');
    expect(lossCurveSvg(falling)).not.toContain('<text');
    const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([1600, 880]);
    let [blue, dark] = [0, 0];
    for (let i = 0; i < data.length; i += info.channels) {
      if (data[i] === 0x1f && data[i + 1] === 0x5f && data[i + 2] === 0xb4) blue++;
      if (data[i] < 0x60 && data[i + 1] < 0x60 && data[i + 2] < 0x60) dark++;
    }
    expect(blue).toBeGreaterThan(2000);
    expect(dark).toBeGreaterThan(500);
  }));
