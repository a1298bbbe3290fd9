/** FlowDPM, the default solver of class-conditional models: the two-step Adams–Bashforth method with fixed coefficients. */
// Tested by test/compiler/programs/samplers/golden-sampling.test.ts.
import { eulerStep } from './euler';
import { intervalsOf, rising, type Solver } from './solver';
import { risingTimes } from './time-grid';

/** One evaluation for each step, second order from the second step on. It keeps the velocity. */
export const flowDpm = {
  doc: 'Second order (Adams–Bashforth), one evaluation a step.',
  examples: ['flow_dpm(steps: 100)'],
  parameters: rising,
  end: 'data',
  leastSteps: 2,
  formula: "x ← x + Δt · (3/2 v - 1/2 v of the step before); the first step is Euler's.",
  times: risingTimes,
  evaluations: (times) =>
    intervalsOf(times).map((interval, i) => {
      const step = eulerStep(interval);
      const { width } = interval;
      return i === 0 ? step : { ...step, latents: { latents: 1, velocity: 1.5 * width, kept: -0.5 * width } };
    }),
} satisfies Solver;
