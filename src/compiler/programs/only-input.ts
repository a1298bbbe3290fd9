/** Finds the noisy image and the time of a model, which every flow needs. */
// Tested by test/compiler/programs/objectives/prediction.test.ts.
import { WeftError } from '../diagnostics/diagnostic';
import type { ModelGraph, ModelInput } from '../lower/model';

/** The noisy image (`x_t`) or the time (`t`); throws if the model has none. */
export function onlyInput<K extends 'image' | 'time'>(model: ModelGraph, kind: K): Extract<ModelInput, { kind: K }> {
  const name = { image: 'x_t', time: 't' }[kind];
  const found = model.inputs.find((i): i is Extract<ModelInput, { kind: K }> => i.kind === kind && i.name === name);
  if (found) return found;
  throw new WeftError(
    `${model.name} has no input of kind ${kind}; training and sampling need one.`,
    kind === 'image' ? 'Declare `input noisy: image(size)`.' : 'Declare `input time: time(noise: 0, data: 1)`.',
  );
}
