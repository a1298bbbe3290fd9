/** Heun's method: the average of the velocities at both ends of a step, second order. */
import { advance, widthOf, type Solver, type Stepper } from './solver';
import { risingTimes } from './time-grid';

/** One evaluation a step: the velocity found at the predicted point also begins the next step. */
export const heun: Solver = {
  name: 'heun',
  doc: "x ← x + Δt · (v + v')/2 with v' at the predicted point, kept as the next v; the last step is Euler's.",
  times: risingTimes,
  stepper: () => heunStepper('kept'),
};

/** Two evaluations a step: the velocity is taken anew where each step begins. */
export const heunExact: Solver = {
  name: 'heun_exact',
  doc: "x ← x + Δt · (v + v')/2 with v evaluated anew at every step; the last step is Euler's.",
  times: risingTimes,
  stepper: () => heunStepper('anew'),
};

function heunStepper(beginning: 'kept' | 'anew'): Stepper {
  let kept: Float32Array | null = null;
  return async (x, interval, velocityAt) => {
    const before = (beginning === 'kept' && kept) || (await velocityAt(x, interval.from));
    const width = widthOf(interval);
    const predicted = advance(x, width, before);
    if (interval.last) return { x: predicted, velocity: before };
    const after = await velocityAt(predicted, interval.to);
    const velocity = before.map((v, i) => Math.fround(v + after[i]) * 0.5);
    kept = after;
    return { x: advance(x, width, velocity), velocity };
  };
}
