/** Euler's method: one evaluation a step, first order. */
import { intervalsOf, type Evaluation, type Interval, type Solver } from './solver';
import { risingTimes } from './time-grid';

/** The plain walk along the velocity. */
export const euler: Solver = {
  name: 'euler',
  doc: 'x ← x + Δt · v(x, t).',
  times: risingTimes,
  evaluations: (times) => intervalsOf(times).map(eulerStep),
};

/** A step of Euler's method; the first or last one of others. It keeps the velocity. */
export function eulerStep({ from, width }: Interval): Evaluation {
  return { time: from, latents: { latents: 1, velocity: width }, kept: { velocity: 1 }, reached: ['latents'] };
}
