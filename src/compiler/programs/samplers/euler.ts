/** Euler's method: one evaluation for each step, first order. */
// Tested by test/compiler/programs/samplers/golden-sampling.test.ts.
import { intervalsOf, rising, type Evaluation, type Interval, type Solver } from './solver';
import { risingTimes } from './time-grid';

/** Each step goes along the velocity at its start. */
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

/** A step of Euler's method, which is also the first or last step of other solvers. It keeps the velocity. */
export function eulerStep({ from, width }: Interval): Evaluation {
  return { time: from, latents: { latents: 1, velocity: width }, kept: { velocity: 1 }, reached: ['latents'] };
}
