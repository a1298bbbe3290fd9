import { expect, it } from '@jest/globals';
import { isGuided } from '../../../../src/compiler/programs/samplers/sample';
import { fallingNoise, risingTimes, shiftNoise, shiftTime } from '../../../../src/compiler/programs/samplers/time-grid';
import { goldenCase, relMax } from '../../../support/golden';

const golden = goldenCase('time_grids');
const config = golden.about.config as {
  c2i: { key: string; num_steps: number; timeshift: number; last_step: number | null; interval: [number, number] }[];
  dpm: { num_steps: number; flow_shift: number }[];
};

it.each(config.c2i)('gives the rising grid $key and its guided steps to the last bit', (grid) => {
  const times = risingTimes(grid.num_steps, grid.timeshift, grid.last_step ?? undefined);
  expect([...times]).toEqual([...golden.tensors[`out/${grid.key}`].data]);
  const [from, to] = grid.interval;
  const guided = [...times.slice(0, -1)].map((t) => Number(isGuided({ scale: 2, from, to }, t)));
  const name = `out/${grid.key}_guided_${from.toFixed(1)}_${to.toFixed(1)}`;
  expect(guided).toEqual([...golden.tensors[name].data]);
});

it('leaves a time that is float32(0.1) outside an interval that begins at 0.1', () => {
  expect(isGuided({ scale: 2, from: 0.1, to: 1 }, Math.fround(0.1))).toBe(false);
});

it.each(config.dpm)('gives the falling grid of $num_steps steps with shift $flow_shift', (grid) => {
  const noise = fallingNoise(grid.num_steps, grid.flow_shift);
  const want = golden.tensors[`out/dpm_n${grid.num_steps}_shift${grid.flow_shift.toFixed(1)}`].data;
  expect(noise[grid.num_steps]).toBe(0);
  expect(relMax(noise, want)).toBeLessThanOrEqual(golden.tolerance.out);
});

it('shifts time and noise by one map seen from its two ends', () => {
  for (const s of [0.1, 0.5, 0.9]) expect(1 - shiftTime(1 - s, 3)).toBeCloseTo(shiftNoise(s, 3), 6);
});
