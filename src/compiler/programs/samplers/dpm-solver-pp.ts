/** DPM-Solver++(2M) for flows, for models whose time is the noise level σ (noise at 1, data at 0; velocity = noise - data). */
import type { Solver } from './solver';
import { fallingNoise } from './time-grid';

/** One evaluation a step, second order between the first and the last step, which are first order. */
export const dpmSolverPlusPlus: Solver = {
  name: 'dpm_solver_pp',
  doc: 'With x0 = x - σ·v and λ = log((1-σ)/σ): x ← σ′/σ · x - (1-σ′)(e^(-h) - 1) · D, D extrapolating x0 in λ.',
  times: fallingNoise,
  stepper: () => {
    let previous: { clean: Float64Array; lambda: number } | null = null;
    return async (x, { from, to, last }, velocityAt) => {
      const velocity = await velocityAt(x, from);
      const clean = Float64Array.from(x, (xi, i) => xi - from * velocity[i]);
      const lambda = logSignalToNoise(from);
      const before = previous;
      previous = { clean, lambda };
      // At σ = 0 the update tends to the prediction itself.
      if (last) return { x: Float32Array.from(clean), velocity };
      const h = logSignalToNoise(to) - lambda;
      const [keep, take] = [to / from, -(1 - to) * Math.expm1(-h)];
      const lean = before ? h / (2 * (lambda - before.lambda)) : 0;
      return {
        x: x.map((xi, i) => keep * xi + take * (before ? clean[i] + lean * (clean[i] - before.clean[i]) : clean[i])),
        velocity,
      };
    };
  },
};

/** λ(σ) = log((1-σ)/σ), half the log of the signal-to-noise ratio. */
function logSignalToNoise(sigma: number): number {
  return Math.log((1 - sigma) / sigma);
}
