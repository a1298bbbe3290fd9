/** The model alone: one evaluation of its outputs. */
// Tested by test/compiler/programs/guided.test.ts.
import { WeftError } from '../diagnostics/diagnostic';
import { requireList } from '../diagnostics/require-kind';
import { ownValue } from '../own-value';
import { bindProgram } from '../ir/bind';
import type { Program, Value } from '../ir/graph';
import type { ModelGraph } from '../lower/model';
import { requireModel } from '../lower/require-model';
import { velocityModel } from './objectives/velocity-model';

/**
 * Inputs `x_t`, `t`, `y` or `text`; outputs the model's outputs and, for each name in `taps`, `tap/NAME`. If a model has no
 * inputs, the batch size is not known, so it is 1.
 */
export function denoise(model: ModelGraph, taps: readonly string[] = []): Program {
  requireModel(model);
  const program = {
    name: 'denoise',
    inputs: model.inputs.map((input) => input.value),
    outputs: { ...model.outputs, ...tapOutputs(model, taps) },
    updates: [],
  };
  return program.inputs.length > 0 ? program : bindProgram(program, { batch: 1 });
}

/** The values at named points as outputs `tap/NAME`. */
export function tapOutputs(model: ModelGraph, taps: readonly string[]): { [name: string]: Value } {
  requireList('The names of taps', taps);
  return Object.fromEntries(
    taps.map((name) => {
      const value = ownValue(model.taps, name);
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

/** The velocity that is trained and integrated: the model's own, or the one computed from the clean image or noise it predicts. */
export function velocityOf(model: ModelGraph): Value {
  return velocityModel(model).outputs.velocity;
}
