/** Heun's method: the average of the velocities at both ends of a step, second order. */
// Tested by test/compiler/programs/samplers/golden-sampling.test.ts.
import { eulerStep } from './euler';
import { intervalsOf, rising, type Combination, type Evaluation, type Solver } from './solver';
import { risingTimes } from './time-grid';

/** One evaluation for each step: the velocity at the predicted point is also used at the start of the next step. */
export const heun = {
  doc: 'Second order, one evaluation a step.',
  examples: ['heun(steps: 50)'],
  parameters: rising,
  end: 'data',
  leastSteps: 2,
  formula: "x ← x + Δt · (v + v')/2 with v' at the predicted point, kept as the next v; the last step is Euler's.",
  times: risingTimes,
  evaluations: (times) => {
    const intervals = intervalsOf(times);
    return intervals.map((interval, i) => {
      const { from: time, width, last } = interval;
      if (i === 0) return last ? eulerStep(interval) : predictor(time, width);
      const begin = corrected(intervals[i - 1].width);
      const latents = { ...begin, velocity: begin.velocity + width };
      return { time, latents, kept: begin, reached: last ? ['kept', 'latents'] : ['kept'] };
    });
  },
} satisfies Solver;

/** Two evaluations for each step: the velocity is evaluated again at the start of each step. */
export const heunExact = {
  doc: 'Second order, two evaluations a step.',
  examples: ['heun_exact(steps: 25)'],
  parameters: rising,
  end: 'data',
  leastSteps: 2,
  formula: "x ← x + Δt · (v + v')/2 with v evaluated anew at every step; the last step is Euler's.",
  times: risingTimes,
  evaluations: (times) =>
    intervalsOf(times).flatMap((interval) => {
      const { from, to, width, last } = interval;
      if (last) return [eulerStep(interval)];
      return [predictor(from, width), { time: to, latents: corrected(width), kept: {}, reached: ['latents'] }];
    }),
} satisfies Solver;

/** The evaluation that goes to the predicted point x + Δt · v and keeps x. */
function predictor(time: number, width: number): Evaluation {
  return { time, latents: { latents: 1, velocity: width }, kept: { latents: 1 }, reached: [] };
}

/** The end of a step, from its predicted point p = x + Δt · v, the kept x, and the velocity w there: (x + p) / 2 + Δt/2 · w. */
function corrected(width: number): Required<Combination> {
  return { latents: 0.5, kept: 0.5, velocity: 0.5 * width };
}
