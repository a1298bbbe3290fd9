/** A model as a recipe trains it: with its adapters, and the list of weights that change. */
// Tested by test/compiler/programs/adapters.test.ts.
import { WeftError } from '../diagnostics/diagnostic';
import type { Variable } from '../ir/graph';
import type { ModelGraph } from '../lower/model';
import type { Adaptation } from '../recipe/adapt';
import { adapted, type Adapter } from './adapters';
import { trainedWeights, type Selection } from './freeze';

/** The settings that select trained weights. With adapters, the model's own weights stay fixed, except those that `train` names. */
export interface TrainingChoice extends Selection {
  readonly adapt?: Adaptation;
}

export interface TrainedModel {
  /** The model, with the weights of the adapters after its own. */
  readonly model: ModelGraph;
  /** Its trained weights, in the model's order. */
  readonly trained: readonly Variable[];
  /** Empty if the recipe has no adapters. */
  readonly adapters: readonly Adapter[];
}

/** Throws if the recipe names weights that the model does not have, or leaves none to train. */
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
