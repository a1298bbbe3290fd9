/** What a solver of the flow's ordinary differential equation is: a time grid, and the evaluations that walk along it. */
// Tested by test/compiler/programs/samplers/sample.test.ts.
import { sizeRange } from '../../bind/number-range';
import type { TimeEnd } from '../objectives/prediction';
import type { Choice, Fields } from '../../recipe/field';
import { flag, number } from '../../recipe/fields';
import { shiftField } from './time-grid';

/** What may be said of a walk along falling noise levels. */
export const falling = {
  steps: number('steps from noise to data', sizeRange),
  shift: shiftField,
  whole_times: flag('tell the model the nearest whole number as the time').optional(false),
};

/** What may be said of a walk along rising times. */
export const rising = {
  ...falling,
  last_step: number('width of the last step before the shift; 1 / steps by default', { above: 0, below: 1 }).optional(),
};

/**
 * A sum of the latents the model saw, the velocity it gave and what was kept of earlier evaluations, each by its coefficient;
 * one that is absent has no part in the sum.
 */
export interface Combination {
  readonly latents?: number;
  readonly velocity?: number;
  readonly kept?: number;
}

/** One evaluation of the model, and what follows from it; the same numbers drive the sampler and exported samplers. */
export interface Evaluation {
  /** Time of the grid at which the model is asked. */
  readonly time: number;
  /** What the model sees at the next evaluation; after the last one the image. */
  readonly latents: Combination;
  /** Carried to the next evaluation. Empty at the first, whose coefficients for it are 0. */
  readonly kept: Combination;
  /** Ends of steps that are known now, in their order, and where they are then. */
  readonly reached: readonly ('latents' | 'kept')[];
}

export interface Solver<F extends Fields = Fields> extends Choice<F> {
  readonly formula: string;
  /** What lies at time 1 of its grid. */
  readonly end: TimeEnd;
  /** With fewer steps, every one is of first order: Euler's. */
  readonly leastSteps: number;
  /** Times at which steps begin and end: `steps + 1` numbers from noise to data; `lastStep` where they rise. */
  readonly times: (steps: number, shift: number, lastStep?: number) => Float32Array;
  /** All evaluations of a walk along these times, in order. */
  readonly evaluations: (times: Float32Array) => readonly Evaluation[];
}

/** One interval of the time grid. */
export interface Interval {
  readonly from: number;
  readonly to: number;
  /** Signed, in float32. */
  readonly width: number;
  readonly last: boolean;
}

export function intervalsOf(times: Float32Array): Interval[] {
  return Array.from(times.subarray(1), (to, i) => ({
    from: times[i],
    to,
    width: Math.fround(to - times[i]),
    last: i === times.length - 2,
  }));
}
