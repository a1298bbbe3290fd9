/** Finds the noisy image and the time of a model, which every flow needs. */
// Tested by test/compiler/programs/objectives/prediction.test.ts.
import { WeftError } from '../diagnostics/diagnostic';
import { neededInput } from '../diagnostics/needed-input';
import type { ModelGraph, ModelInput } from '../lower/model';

/** The noisy image (`x_t`) or the time (`t`); undefined if the model has none. */
export function inputOf<K extends 'image' | 'time'>(
  { inputs }: Pick<ModelGraph, 'inputs'>,
  kind: K,
): Extract<ModelInput, { kind: K }> | undefined {
  const name = { image: 'x_t', time: 't' }[kind];
  return inputs.find((i): i is Extract<ModelInput, { kind: K }> => i.kind === kind && i.name === name);
}

/** The same; throws if the model has none. */
export function onlyInput<K extends 'image' | 'time'>(model: ModelGraph, kind: K): Extract<ModelInput, { kind: K }> {
  const found = inputOf(model, kind);
  if (found) return found;
  const { message, hint } = neededInput(model.name, kind);
  throw new WeftError(message, hint);
}
