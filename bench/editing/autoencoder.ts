/** The two halves of the autoencoder of specs/examples/latent-scenes.weft, with the weights of a run. */
import { join } from 'node:path';
import { rowsOf, stackedRows } from '../../src/backends/host';
import { openSession } from '../../src/backends/open';
import type { HostTensor } from '../../src/backends/session';
import { readSafetensors } from '../../src/data/safetensors';
import { held } from '../../src/compiler/invariant';
import { packageRoot } from '../../src/files/package-root';
import { elaborateModel, openSpec } from '../../src/spec/open';

const spec = join('specs', 'examples', 'latent-scenes.weft');
const most = 64;

/** Latents [n, 4, 6, 6] of pictures [n, 3, 24, 24]. */
export function encode(weights: string, pictures: HostTensor): Promise<HostTensor> {
  return through('SceneEncoder', weights, pictures);
}

/** Pictures of latents. */
export function decode(weights: string, latents: HostTensor): Promise<HostTensor> {
  return through('SceneDecoder', weights, latents);
}

/** What a model with one input and one output makes of each row. */
async function through(name: string, weights: string, given: HostTensor): Promise<HostTensor> {
  const model = elaborateModel(openSpec(join(packageRoot(), spec)).spec, name);
  const [{ name: input, value }] = model.inputs;
  const [output] = Object.keys(model.outputs);
  const program = { name, inputs: [value], outputs: model.outputs, updates: [] };
  const count = given.shape[0];
  const batch = Math.min(most, count);
  const session = await openSession('auto', [program], { bindings: { batch } });
  try {
    // The file is of the whole autoencoder, whose output stands for another thing than those of its halves.
    const all = await readSafetensors(weights);
    await session.set(Object.fromEntries(model.weights.map(({ leaf }) => [leaf.name, held(all, leaf.name)])));
    const parts: HostTensor[] = [];
    for (let first = 0; first < count; first += batch) {
      // The last batch is filled up with copies of its first row, since some backends run only one batch size.
      const rows = Array.from({ length: batch }, (_, i) => (first + i < count ? first + i : first));
      const { [output]: found } = await session.run(name, { [input]: rowsOf(given, rows) });
      parts.push(
        rowsOf(
          found,
          rows.slice(0, count - first).map((_, i) => i),
        ),
      );
    }
    return stackedRows(parts);
  } finally {
    await session.dispose();
  }
}
