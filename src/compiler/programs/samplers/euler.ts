/** Euler's method: one evaluation a step, first order. */
// Tested by test/compiler/programs/samplers/golden-sampling.test.ts.
import { intervalsOf, rising, type Evaluation, type Interval, type Solver } from './solver';
import { risingTimes } from './time-grid';

/** The plain walk along the velocity. */
export const euler = {
  doc: 'First order, one evaluation a step.',
  examples: ['euler(steps: 50)'],
  parameters: rising,
  end: 'data',
  leastSteps: 1,
  formula: 'x ← x + Δt · v(x, t).',
  times: risingTimes,
  evaluations: (times) => intervalsOf(times).map(eulerStep),
} satisfies Solver;

/** A step of Euler's method; the first or last one of others. It keeps the velocity. */
export function eulerStep({ from, width }: Interval): Evaluation {
  return { time: from, latents: { latents: 1, velocity: width }, kept: { velocity: 1 }, reached: ['latents'] };
}
