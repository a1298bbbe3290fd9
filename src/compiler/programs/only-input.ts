/** The noisy image and the time of a model, of which flows need exactly one. */
import { WeftError } from '../diagnostics/diagnostic';
import type { ModelGraph, ModelInput } from '../lower/model';

/** The input of a kind; throws where the model has none or several. */
export function onlyInput<K extends 'image' | 'time'>(model: ModelGraph, kind: K): Extract<ModelInput, { kind: K }> {
  const found = model.inputs.filter((i): i is Extract<ModelInput, { kind: K }> => i.kind === kind);
  if (found.length !== 1) {
    throw new WeftError(
      `${model.name} has ${found.length} inputs of kind ${kind}; training and sampling need one.`,
      kind === 'image' ? 'Declare `input noisy: image(size)`.' : 'Declare `input time: scalar`.',
    );
  }
  return found[0];
}
