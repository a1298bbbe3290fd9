/** What a model looks at in images: the maps of its attentions on the way to them. */
import { openSession } from '../backends/open';
import { rowsOf, stackedRows, typedData } from '../backends/host';
import type { BackendName, HostTensor, HostTensors } from '../backends/session';
import { bindingsOf, bindProgram } from '../compiler/ir/bind';
import type { ModelGraph } from '../compiler/lower/model';
import { attentionMaps } from '../compiler/programs/attention-maps';
import { denoise } from '../compiler/programs/denoise';
import { velocityModel } from '../compiler/programs/objectives/velocity-model';
import { trainedAs } from '../run/load-weights';
import { weightsFor } from '../run/weights-for';
import { drawnConditions, requireWeights, type DrawRequest } from './draw';
import { imageNoise } from './noise';
import { requireDrawingRoom } from './require-room';
import { inputsAt } from './sample-images';

export interface AttentionRequest extends Pick<DrawRequest, 'settings' | 'labels' | 'text' | 'given'> {
  readonly weights: HostTensors;
  /** Images `[count, channels, height, width]` in the units of the training data, with a row of conditions for each. */
  readonly images: HostTensor;
  /** Seed of the noise that is mixed in. */
  readonly seed: number;
  /** The place on the way, from 0, noise alone, to 1, the images themselves. */
  readonly time: number;
  /** Paths of attentions, with `*` for any text; all by default. */
  readonly at?: readonly string[];
  readonly backend?: BackendName | 'auto';
  readonly threads?: number;
}

/**
 * By the path of each attention, from the first on, its weights `[count, heads, queries, keys]`, or what axes it has before queries and keys;
 * each row has a sum of 1.
 */
export async function attentionOf(
  given: ModelGraph,
  request: AttentionRequest,
): Promise<ReadonlyMap<string, HostTensor>> {
  const { images, seed, time, weights, settings } = request;
  const model = trainedAs(given, weights);
  const [count, ...shape] = images.shape;
  const conditions = await drawnConditions(model, { ...request, count });
  const plain = denoise(velocityModel(model));
  const program = attentionMaps(
    bindProgram(plain, bindingsOf(plain, request.text ?? {}, { batch: 1 })),
    model.name,
    request.at,
  );
  await requireDrawingRoom(model, { programs: [program], batch: 1, backend: request.backend });
  requireWeights(model, [program], weights);
  const session = await openSession(request.backend ?? 'auto', [program], { bindings: {}, threads: request.threads });
  try {
    await session.set(weightsFor([program], weights));
    const noise = imageNoise(seed, shape, count);
    const found: HostTensors[] = [];
    for (let image = 0; image < count; image++) {
      const own = Object.fromEntries(Object.entries(conditions).map(([name, rows]) => [name, rowsOf(rows, [image])]));
      const [x, z] = [images, noise].map((all) => typedData(rowsOf(all, [image]).data, 'f32'));
      const inputs = inputsAt(
        model,
        { conditions: own, shape: [1, ...shape] },
        { solver: 'euler', wholeTimes: settings.wholeTimes },
      );
      const seen = inputs(
        x.map((value, i) => time * value + (1 - time) * z[i]),
        time,
      );
      found.push(await session.run('attention', seen));
    }
    return new Map(Object.keys(program.outputs).map((path) => [path, stackedRows(found.map((maps) => maps[path]))]));
  } finally {
    await session.dispose();
  }
}
