import { expect, it } from '@jest/globals';
import { editTimes, finishFrom } from '../../src/edit/times';
import { failureOf } from '../support/failure';

it('rises from the share of noise to exactly 1, by as many steps as lie on that way', () => {
  expect(editTimes({ steps: 4, shift: 1, strength: 1 })).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(editTimes({ steps: 4, shift: 1, strength: 0.5 })).toEqual([0.5, 0.75, 1]);
  expect(editTimes({ steps: 4, shift: 1, strength: 0.01 })).toEqual([0.99, 1]);
});

it('takes more steps near the noise with a shift above 1, and begins where it is told to', () => {
  const times = editTimes({ steps: 10, shift: 3, strength: 0.8 });
  expect(times[0]).toBeCloseTo(0.2, 12);
  expect(times.at(-1)).toBe(1);
  const steps = times.slice(1).map((time, i) => time - times[i]);
  expect(steps).toEqual([...steps].sort((a, b) => a - b));
});

it('finds from where the target alone is followed, and refuses a share that the edit never has', async () => {
  const times = editTimes({ steps: 4, shift: 1, strength: 0.5 });
  expect(finishFrom(times, 0)).toBe(2);
  expect(finishFrom(times, 0.25)).toBe(1);
  expect(await failureOf(async () => finishFrom(times, 0.6))).toMatch(
    /begins at a share of noise of 0\.50 cannot finish from 0\.6 on\.[^]*2 steps are taken/,
  );
});
