/** The model as it is: one evaluation of the velocity. */
import { WeftError } from '../diagnostics/diagnostic';
import type { Program, Value } from '../ir/graph';
import type { ModelGraph } from '../lower/model';

/** Inputs `x_t`, `t`, `y` or `text`; outputs the model's outputs and, for each name in `taps`, `tap/NAME`. */
export function denoise(model: ModelGraph, taps: readonly string[] = []): Program {
  return {
    name: 'denoise',
    inputs: model.inputs.map((input) => input.value),
    outputs: { ...model.outputs, ...tapOutputs(model, taps) },
    updates: [],
  };
}

/** The values at named points as outputs `tap/NAME`. */
export function tapOutputs(model: ModelGraph, taps: readonly string[]): { [name: string]: Value } {
  return Object.fromEntries(
    taps.map((name) => {
      const value = model.taps[name];
      if (!value) {
        throw new WeftError(
          `${model.name} has no tap "${name}".`,
          `It has ${Object.keys(model.taps).join(', ') || 'none'}.`,
        );
      }
      return [`tap/${name}`, value];
    }),
  );
}

/** The output that is trained and integrated: `velocity`, or the only one where it has another name. */
export function velocityOf(model: ModelGraph): Value {
  const { velocity } = model.outputs;
  const all = Object.values(model.outputs);
  if (velocity) return velocity;
  if (all.length === 1) return all[0];
  throw new WeftError(
    `${model.name} has ${all.length} outputs and none is called velocity, so there is nothing to train or sample.`,
    'Call the output that is matched to the velocity `velocity`.',
  );
}
