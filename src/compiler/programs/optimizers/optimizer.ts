/** What an optimiser is to the train step: new weights and moments from gradients, as graph. */
import type { Program, Value, Variable } from '../../ir/graph';

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
  /** False for a step that must change nothing, because its loss or gradients are not finite. */
  readonly sound: Value;
}

/** Updates of the optimiser's own state, and the new value of each weight, in the order of the weights. */
export interface OptimizerStep {
  readonly weights: readonly Value[];
  readonly updates: Updates;
}
