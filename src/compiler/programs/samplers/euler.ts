/** Euler's method: one evaluation a step, first order. */
import { advance, widthOf, type Solver } from './solver';
import { risingTimes } from './time-grid';

/** The plain walk along the velocity. */
export const euler: Solver = {
  name: 'euler',
  doc: 'x ← x + Δt · v(x, t).',
  times: risingTimes,
  stepper: () => async (x, interval, velocityAt) => {
    const velocity = await velocityAt(x, interval.from);
    return { x: advance(x, widthOf(interval), velocity), velocity };
  },
};
