/** Draws images by class with weights that are in memory: opens a session, makes the noise, walks the solver. */
// Tested by test/backends/onnx/sample.test.ts.
import { bindingsOf } from '../compiler/ir/bind';
import { openSession } from '../backends/open';
import type { BackendName, HostTensor, HostTensors, Session } from '../backends/session';
import type { ModelGraph } from '../compiler/lower/model';
import type { SampleSettings } from '../compiler/recipe/index';
import { requireGuidable } from '../compiler/programs/guided';
import type { SolverName } from '../compiler/programs/samplers/index';
import { loadWeights, trainedAs } from '../run/load-weights';
import { weightsFor } from '../run/weights-for';
import { checkConditions, conditionRows, readConditions } from './given';
import { imageNoise } from './noise';
import { sampleImages, samplingPrograms } from './sample-images';

export interface DrawRequest {
  readonly settings: Omit<SampleSettings, 'name' | 'model' | 'solver'> & { readonly solver: SolverName };
  readonly weights: HostTensors;
  /** A label for each image; null for a model without classes. */
  readonly labels: readonly number[] | null;
  readonly count: number;
  readonly seed: number;
  /** What a text model shows, a row for each image: `text` or `tokens`, `text_mask`, and those of the empty prompt (`…_none`) for guidance. */
  readonly text?: HostTensors;
  /** Conditions by the input's name, a row for each image or rows that are taken in turn; those of `settings` where absent. */
  readonly given?: HostTensors;
  /** In place of noise drawn from the seed, `[count, channels, height, width]`. */
  readonly noise?: HostTensor;
  readonly backend?: BackendName | 'auto';
  readonly threads?: number;
  /** Images per call of the model; all at once up to 64 by default. */
  readonly batch?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Images `[count, channels, height, width]` in about [-1, 1]. */
export async function drawImages(given: ModelGraph, request: DrawRequest): Promise<HostTensor> {
  const model = trainedAs(given, request.weights);
  const { labels, count, settings } = request;
  const weakPath = settings.guidance?.weak;
  requireGuidable(model, settings.guidance);
  const weakWeights = weakPath === undefined ? null : await loadWeights(weakPath, model);
  const image = model.inputs.find((i) => i.kind === 'image' && i.name === 'x_t');
  if (image?.kind !== 'image') throw new Error(`${model.name} has no image input`);
  const elsewhere = Object.entries(settings.given ?? {}).filter(([name]) => !request.given?.[name]);
  const read = await readConditions(model, Object.fromEntries(elsewhere));
  const own = conditionRows({ ...read, ...request.given }, count);
  checkConditions(model, { ...request.text, ...own });
  const noise = request.noise ?? imageNoise(request.seed, [image.channels, image.height, image.width], count);
  const batch = Math.min(request.batch ?? evenBatch(count), count);
  const programs = samplingPrograms(model, settings.guidance);
  // Texts decide how many tokens there are.
  const bindings = { ...bindingsOf(programs[0], request.text ?? {}), batch };
  const open = (): Promise<Session> =>
    openSession(request.backend ?? 'auto', programs, { bindings, threads: request.threads });
  const session = await open();
  const weak = weakWeights && (await open());
  try {
    if (weak) await weak.set(weightsFor(programs, weakWeights));
    await session.set(weightsFor(programs, request.weights));
    const y: HostTensor = { shape: [count], dtype: 'i32', data: Int32Array.from(labels ?? []) };
    return await sampleImages(session, model, {
      ...settings,
      weak,
      noise,
      conditions: { ...(labels ? { y } : {}), ...request.text, ...own },
      batch,
      onProgress: request.onProgress,
    });
  } finally {
    await weak?.dispose();
    await session.dispose();
  }
}

/** Batches of at most 64, all about as large. */
function evenBatch(count: number): number {
  return Math.ceil(count / Math.ceil(count / 64));
}
