/** Between a solver's clock and a model's: either may count time from the noise or from the data. */
// Tested by test/compiler/lower/conventions.test.ts.
import { WeftError } from '../../diagnostics/diagnostic';
import { flowOf } from '../../lower/conventions';
import type { ModelGraph } from '../../lower/model';
import type { SampleSettings } from '../../recipe/index';
import { endAtOne, seenEnds } from '../objectives/prediction';
import type { Solver } from './solver';

/** How a model answers a solver's questions. */
export interface ModelTime {
  /** What the model is told for a time of the solver's grid, in float32. */
  readonly seen: (time: number) => number;
  /** What its velocity is multiplied by: -1 where it points the other way along the solver's time. */
  readonly sign: 1 | -1;
}

/** How a walk tells the model times: as they are, or as whole numbers. */
type Told = Pick<SampleSettings, 'wholeTimes'>;

/** Where the solver counts time from the other end than the model, time and velocity are turned round. */
export function modelTime(model: ModelGraph, solver: Solver, { wholeTimes = false }: Told = {}): ModelTime {
  const scale = flowOf(model).time;
  const turned = endAtOne(scale) !== solver.end;
  const { zero, one } = seenEnds(scale);
  if (wholeTimes && Math.abs(one - zero) < 2) {
    throw new WeftError(
      `${model.name} counts time from ${zero} to ${one}, of which whole numbers are only the ends.`,
      'Leave `whole_times` out of the solver.',
    );
  }
  return {
    seen: (time) => {
      const told = Math.fround(zero + (one - zero) * (turned ? Math.fround(1 - time) : time));
      return wholeTimes ? Math.round(told) : told;
    },
    sign: turned ? -1 : 1,
  };
}
