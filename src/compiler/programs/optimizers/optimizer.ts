/** What an optimiser is: what a recipe may say of it, and new weights and moments from gradients, as graph. */
// Tested by test/train/optimizers.test.ts.
import { decayRange, nonNegativeRange, positiveRange } from '../../bind/number-range';
import type { Program, Value, Variable } from '../../ir/graph';
import type { Choice, Fields, Infer } from '../../recipe/field';
import { number, pair } from '../../recipe/fields';

export interface Optimizer<F extends Fields> extends Choice<F> {
  /** One step, which starts with the moments of the variables that it makes. */
  readonly step: (settings: Infer<F>, inputs: OptimizerInputs) => OptimizerStep;
}

/** Gives `step` the type of the parameters. */
export function optimizer<F extends Fields>(declared: Optimizer<F>): Optimizer<F> {
  return declared;
}

export const rate = number('learning rate', nonNegativeRange);
export const decay = number('decoupled weight decay', nonNegativeRange).or(0);
export const eps = number('added to the root of the second moment', positiveRange).or(1e-8);
export const betasDoc = 'how much of the moments is kept from step to step';
/** Of two moments. */
export const betas = pair(betasDoc, decayRange);

export type Updates = Program['updates'];

/** What an optimiser is given for one step. */
export interface OptimizerInputs {
  readonly weights: readonly Variable[];
  /** One gradient per weight, of the weight's shape, clipped; zeros where `sound` is false. */
  readonly gradients: readonly Value[];
  /** Learning rate, a scalar. */
  readonly rate: Value;
  /** Number of this step from 1, an f32 scalar. */
  readonly step: Value;
  /** What the gradients are of: it shows what each weight is used for. */
  readonly loss: Value;
  /** False for a step that must change nothing, because its loss or gradients are not finite. */
  readonly sound: Value;
}

/** Updates of the optimiser's own state, and the new value of each weight, in the order of the weights. */
export interface OptimizerStep {
  readonly weights: readonly Value[];
  readonly updates: Updates;
}
