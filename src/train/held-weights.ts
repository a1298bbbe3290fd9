/** Takes a model's weights from the state of its training: raw or averaged, with adapters merged into them. */
// Tested by test/cli/lora.test.ts.
import type { HostTensor, HostTensors } from '../backends/session';
import type { Variable } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import { averageOf } from '../compiler/programs/optimizers/ema';
import { asTrained } from '../compiler/programs/trained';
import type { TrainRecipe } from '../compiler/recipe/index';
import { mergedWeight } from '../run/merged-weight';
import { held } from '../compiler/invariant';

/** Which weights of a run: as the last step left them (`raw`), or an average by its name. */
export type Kind = string;

/** The variables with the weights of a model and of its adapters. */
export interface HeldWeights {
  /** By label, the variables to read. A variable that is not trained is its own average. */
  readonly variables: ReadonlyMap<string, Variable>;
  /** The weights of the model by label, from the values of these variables. */
  readonly merge: (values: HostTensors) => HostTensors;
}

export function heldWeights(given: ModelGraph, recipe: TrainRecipe, kind: Kind): HeldWeights {
  const { model, trained, adapters } = asTrained(given, recipe);
  const moving = new Set(trained);
  const variables = new Map(
    model.weights.map((w) => [w.leaf.name, kind !== 'raw' && moving.has(w) ? averageOf(w, kind) : w]),
  );
  const merge = (values: HostTensors): HostTensors => {
    const valueOf = (w: Variable): HostTensor => values[held(variables, w.leaf.name).leaf.name];
    const merged = new Map(
      adapters.map(({ base, down, up, scale }): [Variable, HostTensor] => [
        base,
        mergedWeight(valueOf(base), { down: valueOf(down), up: valueOf(up), scale }),
      ]),
    );
    return Object.fromEntries(given.weights.map((w) => [w.leaf.name, merged.get(w) ?? valueOf(w)]));
  };
  return { variables, merge };
}
