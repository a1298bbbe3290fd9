/** Converts between a solver's time and a model's: each may count from the noise or from the data. */
// Tested by test/compiler/lower/conventions.test.ts.
import { WeftError } from '../../diagnostics/diagnostic';
import { flowOf } from '../../lower/conventions';
import type { ModelGraph } from '../../lower/model';
import type { SampleSettings } from '../../recipe/index';
import { endAtOne, seenEnds } from '../objectives/prediction';
import type { Solver } from './solver';

/** The conversion of times and velocities between a solver and a model. */
export interface ModelTime {
  /** The time that the model sees, in float32, for a time of the solver's grid. */
  readonly seen: (time: number) => number;
  /** The factor of its velocity: -1 if it points against the solver's time. */
  readonly sign: 1 | -1;
}

/** Whether the model sees times unchanged, or rounded to whole numbers. */
type Told = Pick<SampleSettings, 'wholeTimes'>;

function wholeOnPath(model: string, path: string): WeftError {
  return new WeftError(
    `${model} is on the path \`${path}\`; times of the straight path are converted for it, so they cannot be rounded before.`,
    'Leave `whole_times` out of the solver.',
  );
}

/** If the solver and the model count time from different ends, time and velocity are reversed. */
export function modelTime(model: ModelGraph, solver: Solver, { wholeTimes = false }: Told = {}): ModelTime {
  const { time: scale, path } = flowOf(model);
  const turned = endAtOne(scale) !== solver.end;
  const { zero, one } = seenEnds(scale);
  if (wholeTimes && Math.abs(one - zero) < 2) {
    throw new WeftError(
      `${model.name} counts time from ${zero} to ${one}, of which whole numbers are only the ends.`,
      'Leave `whole_times` out of the solver.',
    );
  }
  if (wholeTimes && path !== 'straight') throw wholeOnPath(model.name, path);
  return {
    seen: (time) => {
      const told = Math.fround(zero + (one - zero) * (turned ? Math.fround(1 - time) : time));
      return wholeTimes ? Math.round(told) : told;
    },
    sign: turned ? -1 : 1,
  };
}
