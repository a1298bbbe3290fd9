/** Reads a model's weights from a file of any form, refusing one that does not fit. */
import type { HostTensor, HostTensors, Session } from '../backends/session';
import { staticShape } from '../compiler/ir/dims';
import type { ModelGraph } from '../compiler/lower/model';
import { checkWeights, type NamedShape } from '../data/check-weights';
import { openWeights, type OpenWeights } from '../data/checkpoints/open';
import type { Which } from '../data/checkpoints/layouts';

/** Weights that are set at once. */
const partBytes = 512e6;

/** All weights of the model, by path. What the file has beyond them is left alone. */
export async function loadWeights(path: string, model: ModelGraph, which?: Which): Promise<HostTensors> {
  const source = await openWeightsOf(model, path, which);
  try {
    const read: { [name: string]: HostTensor } = {};
    for (const { leaf, shape } of model.weights) {
      read[leaf.name] = { shape: staticShape(shape), dtype: 'f32', data: await source.read(leaf.name) };
    }
    return read;
  } finally {
    await source.close();
  }
}

/** Gives a session a model's weights part by part, since those of a large one may fit into memory once but not twice. */
export async function setWeights(session: Session, model: ModelGraph, path: string): Promise<void> {
  const source = await openWeightsOf(model, path);
  try {
    let part: { [name: string]: HostTensor } = {};
    let bytes = 0;
    for (const [i, { leaf, shape }] of model.weights.entries()) {
      const data = await source.read(leaf.name);
      part[leaf.name] = { shape: staticShape(shape), dtype: 'f32', data };
      bytes += data.byteLength;
      if (bytes < partBytes && i + 1 < model.weights.length) continue;
      await session.set(part);
      [part, bytes] = [{}, 0];
    }
  } finally {
    await source.close();
  }
}

/** Opens weights for a model, having checked that all are there in the right shapes; close them after use. */
export async function openWeightsOf(model: ModelGraph, path: string, which?: Which): Promise<OpenWeights> {
  const expected = expectedWeights(model);
  const source = await openWeights(path, { which, names: expected.map((w) => w.name) });
  try {
    const found = source.names.map((name) => ({ name, shape: source.shapeOf(name) }));
    checkWeights(expected, found, { where: `the weights in ${path}`, extra: 'ignore' });
    return source;
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Names and shapes of a model's weights. */
export function expectedWeights(model: ModelGraph): NamedShape[] {
  return model.weights.map((w) => ({ name: w.leaf.name, shape: staticShape(w.shape) }));
}
