import { expect, it } from '@jest/globals';
import { evaluationsOf, integrate } from '../../src/edit/integrate';
import { editTimes } from '../../src/edit/times';
import type { EditVelocity } from '../../src/edit/velocity';

const start = Float32Array.of(1, -2);
const along = (steps: number): number[] => editTimes({ steps, shift: 1, strength: 1 });

it('is of second order, and asks as often as it says', async () => {
  let asked = 0;
  // The solution of x' = x over one unit of time is e times the start.
  const growing: EditVelocity = async (x) => {
    asked++;
    return x.map((at) => at);
  };
  const until = (steps: number): number[] => along(steps).map((time) => time * 0.5);
  const errors: number[] = [];
  for (const steps of [4, 8, 16]) {
    const [found] = await integrate(growing, start, until(steps));
    errors.push(Math.abs(found - Math.exp(0.5)));
  }
  expect(errors[0] / errors[1]).toBeGreaterThan(3.5);
  expect(errors[1] / errors[2]).toBeGreaterThan(3.5);
  expect(asked).toBe([4, 8, 16].reduce((sum, steps) => sum + evaluationsOf(until(steps)), 0));
});

it('comes back to where it began: the more steps, the nearer', async () => {
  // Data of a normal distribution of width 0.5: its velocity in closed form.
  const velocity: EditVelocity = async (x, time) => {
    expect(time).toBeLessThan(1);
    const [data, noise] = [time * 0.25, 1 - time];
    return x.map((at) => ((data - noise) / (time * data + noise * noise)) * at);
  };
  const back = async (steps: number): Promise<number> => {
    const times = along(steps);
    const noise = await integrate(velocity, start, [...times].reverse());
    const found = await integrate(velocity, noise, times);
    return Math.max(...found.map((x, i) => Math.abs(x - start[i])));
  };
  const [few, more, most] = [await back(10), await back(20), await back(40)];
  expect(more).toBeLessThan(few / 2);
  expect(most).toBeLessThan(more / 2);
});
