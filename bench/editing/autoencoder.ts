/** The two halves of the autoencoder of specs/examples/latent-scenes.weft, with the weights of a run. */
import { join } from 'node:path';
import { rowsOf, stackedRows } from '../../src/backends/host';
import type { HostTensor } from '../../src/backends/session';
import { packageRoot } from '../../src/files/package-root';
import { openFrozen } from '../../src/run/frozen';
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
  const session = await openFrozen({ model, program }, weights, 'auto', { bindings: { batch } });
  try {
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
