/** A model as a recipe trains it: with its adapters, and with which of its weights change. */
// Tested by test/compiler/programs/adapters.test.ts.
import { WeftError } from '../diagnostics/diagnostic';
import type { Variable } from '../ir/graph';
import type { ModelGraph } from '../lower/model';
import type { Adaptation } from '../recipe/adapt';
import { adapted, type Adapter } from './adapters';
import { trainedWeights, type Selection } from './freeze';

/** What a recipe says of its weights. With adapters the model's own stay as they are, except for those that `train` names. */
export interface TrainingChoice extends Selection {
  readonly adapt?: Adaptation;
}

export interface TrainedModel {
  /** With the weights of the adapters after its own. */
  readonly model: ModelGraph;
  /** Those of its weights that are trained, in its order. */
  readonly trained: readonly Variable[];
  /** None where the recipe adapts nothing. */
  readonly adapters: readonly Adapter[];
}

/** Throws where the recipe names weights that the model does not have, or leaves none to train. */
export function asTrained(given: ModelGraph, choice: TrainingChoice): TrainedModel {
  const { adapt, train, freeze } = choice;
  if (!adapt) return { model: given, trained: trainedWeights(given, choice), adapters: [] };
  if (freeze && !train)
    throw new WeftError(
      'With `adapt` the weights of the model stay as they are, so `freeze` would have no effect.',
      'Leave `freeze` out, or name with `train` what is trained beside the adapters.',
    );
  const { model, adapters } = adapted(given, adapt);
  const own = train ? trainedWeights(given, choice) : [];
  return { model, adapters, trained: [...own, ...adapters.flatMap(({ down, up }) => [down, up])] };
}
