/** Draws images by class with weights that are in memory: opens a session, makes the noise, walks the solver. */
// Tested by test/backends/onnx/sample.test.ts.
import { bindingsOf } from '../compiler/ir/bind';
import { openSession } from '../backends/open';
import type { BackendName, HostTensor, HostTensors, Session } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { variablesOf, type Program } from '../compiler/ir/graph';
import { conditionsOf } from '../compiler/lower/givens/conditions';
import type { ModelGraph } from '../compiler/lower/model';
import type { SampleSettings } from '../compiler/recipe/index';
import { requireGuidable } from '../compiler/programs/guided';
import type { SolverName } from '../compiler/programs/samplers/index';
import { loadWeights, trainedAs } from '../run/load-weights';
import { weightsFor } from '../run/weights-for';
import { checkConditions, conditionRows, readConditions } from './given';
import { imageNoise } from './noise';
import { requireDrawingRoom } from './require-room';
import { sampleImages, samplingPrograms } from './sample-images';
import { ownValue } from '../compiler/own-value';

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
  if (image?.kind !== 'image')
    throw new WeftError(
      `${model.name} takes no image that is noise, so nothing can be drawn with it.`,
      'Such models have an input such as noisy: image(32x32), a time, and an output of the same shape.',
    );
  const elsewhere = Object.entries(settings.given ?? {}).filter(([name]) => !ownValue(request.given ?? {}, name));
  const read = await readConditions(model, Object.fromEntries(elsewhere));
  const own = conditionRows({ ...read, ...request.given }, count);
  checkNames(model, request.given ?? {});
  checkConditions(model, { ...request.text, ...own });
  const batch = Math.min(request.batch ?? evenBatch(count), count);
  const programs = samplingPrograms(model, settings.guidance);
  await requireDrawingRoom(model, { programs, batch, backend: request.backend });
  const noise = request.noise ?? imageNoise(request.seed, [image.channels, image.height, image.width], count);
  requireWeights(model, programs, request.weights);
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

function checkNames(model: ModelGraph, given: HostTensors): void {
  const known = conditionsOf(model).map((i) => i.name);
  const wrong = Object.keys(given).find((name) => !known.includes(name));
  if (wrong === undefined) return;
  throw new WeftError(
    `${model.name} has no condition \`${wrong}\`.`,
    known.length > 0 ? `It has ${known.join(', ')}.` : 'It has none: leave `given` out.',
  );
}

/** Weights that are absent would be drawn at random, and the images mean nothing. */
function requireWeights({ name }: ModelGraph, programs: readonly Program[], weights: HostTensors): void {
  const needed = new Set(programs.flatMap((p) => variablesOf(p).map((v) => v.leaf.name)));
  const absent = [...needed].filter((weight) => !Object.hasOwn(weights, weight));
  if (absent.length === 0) return;
  throw new WeftError(
    `${absent.length} of the ${needed.size} weights that ${name} draws with are not given, among them ${absent[0]}.`,
    'Give all that loadWeights(path, model) gives.',
  );
}

/** Batches of at most 64, all about as large. */
function evenBatch(count: number): number {
  return Math.ceil(count / Math.ceil(count / 64));
}
