/** Time grids of the samplers, exact to the last float32 bit, which can decide whether a step is guided. */
import { positiveRange } from '../../bind/number-range';
import { number } from '../../recipe/fields';

/** The setting for a shift; 1 is no shift. */
export const shiftField = number('moves times towards noise if above 1, towards data if below', positiveRange).or(1);

/**
 * Times at which steps begin and end for data at 1 and noise at 0: `steps + 1` numbers rising from 0 to 1. The last step is
 * `lastStep` wide before the shift, the others share the rest evenly.
 */
export function risingTimes(steps: number, shift: number, lastStep = 1 / steps): Float32Array {
  const even = linspace(0, Math.fround(1 - lastStep), steps);
  return Float32Array.from({ length: steps + 1 }, (_, i) => shiftTime(i < steps ? even[i] : 1, shift));
}

/** Noise levels for noise at 1 and data at 0: `steps + 1` numbers falling from `shift(0.999)` to exactly 0. */
export function fallingNoise(steps: number, shift: number): Float32Array {
  const clean = linspace(1, 0.001, steps + 1);
  return Float32Array.from({ length: steps + 1 }, (_, i) => shiftNoise(Math.fround(1 - clean[steps - i]), shift));
}

/** `t / (t + (1 - t) · shift)`: a shift above 1 puts more steps near the noise at t = 0. */
export function shiftTime(t: number, shift: number): number {
  const f = Math.fround;
  return f(t / f(t + f(f(1 - t) * f(shift))));
}

/** `shift · s / (1 + (shift - 1) · s)`: the same map seen from the other end, where noise is at 1. */
export function shiftNoise(s: number, shift: number): number {
  const f = Math.fround;
  return f(f(f(shift) * s) / f(1 + f(f(shift - 1) * s)));
}

/** `count` evenly spaced numbers, built from both ends so that both are exact, each rounded to float32 once. */
function linspace(start: number, end: number, count: number): Float32Array {
  const f = Math.fround;
  const [low, high] = [f(start), f(end)];
  const step = count > 1 ? f(f(high - low) / (count - 1)) : 0;
  return Float32Array.from({ length: count }, (_, i) =>
    i < count >> 1 || count === 1 ? f(low + step * i) : f(high - step * (count - 1 - i)),
  );
}
