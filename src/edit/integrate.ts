/** Follows a velocity along times, in either direction. */
import type { EditVelocity } from './velocity';

/**
 * The batch at the last of the times, by Heun's method: second order, two evaluations a step. In the step that touches the data, at time 1,
 * the velocity is asked at its other end alone, since there it is not defined for models that predict the clean image.
 */
export async function integrate(
  velocity: EditVelocity,
  start: Float32Array,
  times: readonly number[],
): Promise<Float32Array> {
  let x = start;
  for (const [i, to] of times.slice(1).entries()) {
    const from = times[i];
    const step = to - from;
    if (to === 1) {
      x = moved(x, await velocity(x, from), step);
    } else {
      const [first, second] = from === 1 ? [to, to] : [from, to];
      const before = await velocity(x, first);
      const after = await velocity(moved(x, before, step), second);
      // Backwards from the data, the second answer is nearer to the velocity where the step ends, which undoes the step that led here.
      x = from === 1 ? moved(x, after, step) : x.map((at, k) => at + (step / 2) * (before[k] + after[k]));
    }
  }
  return x;
}

/** `x + step · velocity`, rounded once. */
export function moved(x: Float32Array, velocity: Float32Array, step: number): Float32Array {
  return x.map((at, i) => at + step * velocity[i]);
}

/** How often `integrate` asks for the velocity. */
export function evaluationsOf(times: readonly number[]): number {
  return times.slice(1).reduce((sum, to) => sum + (to === 1 ? 1 : 2), 0);
}
