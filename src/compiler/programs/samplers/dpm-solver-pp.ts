/** DPM-Solver++(2M) for flows, for models whose time is the noise level σ (noise at 1, data at 0; velocity = noise - data). */
// Tested by test/compiler/programs/samplers/golden-sampling.test.ts.
import { falling, intervalsOf, type Solver } from './solver';
import { fallingNoise } from './time-grid';

/** One evaluation for each step. The first and the last step are first order, all others second order. It keeps x0. */
export const dpmSolverPlusPlus = {
  doc: 'DPM-Solver++(2M): second order on noise levels, one evaluation a step.',
  examples: ['dpm_solver_pp(steps: 25, shift: 4)'],
  parameters: falling,
  end: 'noise',
  leastSteps: 3,
  formula: 'With x0 = x - σ·v and λ = log((1-σ)/σ): x ← σ′/σ · x - (1-σ′)(e^(-h) - 1) · D, D extrapolating x0 in λ.',
  times: fallingNoise,
  evaluations: (times) =>
    intervalsOf(times).map(({ from, to, last }, i) => {
      const clean = { latents: 1, velocity: -from };
      const step = { time: from, kept: clean, reached: ['latents'] as const };
      // As σ goes to 0, the update becomes the prediction itself.
      if (last) return { ...step, latents: clean };
      const lambda = logSignalToNoise(from);
      const h = logSignalToNoise(to) - lambda;
      const lean = i === 0 ? 0 : h / (2 * (lambda - logSignalToNoise(times[i - 1])));
      const [keep, take] = [to / from, -(1 - to) * Math.expm1(-h)];
      // D = x0 + lean · (x0 - x0 before).
      const ahead = take * (1 + lean);
      return { ...step, latents: { latents: keep + ahead, velocity: -from * ahead, kept: -take * lean } };
    }),
} satisfies Solver;

/** λ(σ) = log((1-σ)/σ), half the log of the signal-to-noise ratio. */
function logSignalToNoise(sigma: number): number {
  return Math.log((1 - sigma) / sigma);
}
