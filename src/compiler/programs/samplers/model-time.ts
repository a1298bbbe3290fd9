/** Between a solver's clock and a model's: either may count time from the noise or from the data. */
import { flowOf } from '../../lower/conventions';
import type { ModelGraph } from '../../lower/model';
import { endAtOne, seenEnds } from '../objectives/prediction';
import type { Solver } from './solver';

/** How a model answers a solver's questions. */
export interface ModelTime {
  /** What the model is told for a time of the solver's grid, in float32. */
  readonly seen: (time: number) => number;
  /** What its velocity is multiplied by: -1 where it points the other way along the solver's time. */
  readonly sign: 1 | -1;
}

/** Where the solver counts time from the other end than the model, time and velocity are turned round. */
export function modelTime(model: ModelGraph, solver: Solver): ModelTime {
  const scale = flowOf(model).time;
  const turned = (endAtOne(scale) === 'data') === (solver.name === 'dpm_solver_pp');
  const { zero, one } = seenEnds(scale);
  return {
    seen: (time) => Math.fround(zero + (one - zero) * (turned ? Math.fround(1 - time) : time)),
    sign: turned ? -1 : 1,
  };
}
