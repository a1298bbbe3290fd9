/** The type of a solver of the flow's ordinary differential equation: a time grid, and the evaluations along it. */
// Tested by test/compiler/programs/samplers/sample.test.ts.
import { sizeRange } from '../../bind/number-range';
import type { TimeEnd } from '../objectives/prediction';
import type { Choice, Fields } from '../../recipe/field';
import { flag, number } from '../../recipe/fields';
import { shiftField } from './time-grid';

/** The parameters of a walk along falling noise levels. */
export const falling = {
  steps: number('number of steps from noise to data', sizeRange),
  shift: shiftField,
  whole_times: flag('whether the time is rounded to a whole number before the model sees it').optional(false),
};

/** The parameters of a walk along rising times. */
export const rising = {
  ...falling,
  last_step: number('width of the last step, before the shift is applied; 1 / steps by default', {
    above: 0,
    below: 1,
  }).optional(),
};

/**
 * A sum of the latents the model saw, the velocity it gave and the value kept from earlier evaluations, each with a coefficient;
 * an absent coefficient is 0.
 */
export interface Combination {
  readonly latents?: number;
  readonly velocity?: number;
  readonly kept?: number;
}

/** One evaluation of the model, and the results computed from it. The sampler and exported samplers use the same numbers. */
export interface Evaluation {
  /** The time of the grid at which the model is evaluated. */
  readonly time: number;
  /** The latents that the model sees at the next evaluation; after the last one, the image. */
  readonly latents: Combination;
  /** Carried to the next evaluation. Empty at the first, whose coefficients for it are 0. */
  readonly kept: Combination;
  /** The steps whose end is now known, in order; each entry says which of the two results is the state at that end. */
  readonly reached: readonly ('latents' | 'kept')[];
}

export interface Solver<F extends Fields = Fields> extends Choice<F> {
  readonly formula: string;
  /** The end at time 1 of its grid. */
  readonly end: TimeEnd;
  /** With fewer steps than this, every step is first order, as in Euler's method. */
  readonly leastSteps: number;
  /** Times at which steps begin and end: `steps + 1` numbers from noise to data. `lastStep` is only for rising times. */
  readonly times: (steps: number, shift: number, lastStep?: number) => Float32Array;
  /** All evaluations of a walk along these times, in order. */
  readonly evaluations: (times: Float32Array) => readonly Evaluation[];
}

/** One interval of the time grid. */
export interface Interval {
  readonly from: number;
  readonly to: number;
  /** The width with its sign, in float32. */
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
