/** FlowDPM, the default solver of class-conditional models: the two-step Adams–Bashforth method with fixed coefficients. */
import { advance, widthOf, type Solver } from './solver';
import { risingTimes } from './time-grid';

/** One evaluation a step, second order from the second step on. */
export const flowDpm: Solver = {
  name: 'flow_dpm',
  doc: "x ← x + Δt · (3/2 v - 1/2 v of the step before); the first step is Euler's.",
  times: risingTimes,
  stepper: () => {
    let before: Float32Array | null = null;
    return async (x, interval, velocityAt) => {
      const velocity = await velocityAt(x, interval.from);
      const previous = before;
      before = velocity;
      const slope = previous ? velocity.map((v, i) => Math.fround(1.5 * v) - Math.fround(0.5 * previous[i])) : velocity;
      return { x: advance(x, widthOf(interval), slope), velocity };
    };
  },
};
