/** Reads a model's weights from a safetensors file, refusing a file that does not fit. */
import type { HostTensor, HostTensors } from '../backends/session';
import { staticShape } from '../compiler/ir/dims';
import type { ModelGraph } from '../compiler/lower/model';
import { checkWeights, type NamedShape } from '../data/check-weights';
import { openSafetensors } from '../data/safetensors';

/** All weights of the model, by path. What the file has beyond them is left alone. */
export async function loadWeights(path: string, model: ModelGraph): Promise<HostTensors> {
  const reader = await openSafetensors(path);
  try {
    const found = reader.names.map((name) => ({ name, shape: reader.info(name).shape }));
    checkWeights(expectedWeights(model), found, { where: `the weights in ${path}`, extra: 'ignore' });
    const read: { [name: string]: HostTensor } = {};
    for (const { leaf } of model.weights) read[leaf.name] = await reader.read(leaf.name);
    return read;
  } finally {
    await reader.close();
  }
}

/** Names and shapes of a model's weights. */
export function expectedWeights(model: ModelGraph): NamedShape[] {
  return model.weights.map((w) => ({ name: w.leaf.name, shape: staticShape(w.shape) }));
}
