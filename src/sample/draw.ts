/** Draws images with weights in memory: opens a session, makes the noise, runs the solver. */
// Tested by test/backends/onnx/sample.test.ts.
import { counted } from '../compiler/diagnostics/counted';
import { bindingsOf } from '../compiler/ir/bind';
import { openSession } from '../backends/open';
import type { BackendName, HostTensor, HostTensors, Session } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { variablesOf, type Program } from '../compiler/ir/graph';
import { conditionsOf } from '../compiler/lower/givens/conditions';
import { noisyImageOf } from '../compiler/lower/conventions';
import type { ModelGraph } from '../compiler/lower/model';
import { invariant } from '../compiler/invariant';
import type { SampleSettings } from '../compiler/recipe/index';
import { builtInGuidance, isDeclaredGuidance } from '../compiler/recipe/sample';
import { declaredWalk } from '../compiler/programs/declared-walk';
import { weakPrefix, type WalkPlan } from '../compiler/programs/walk';
import { requireGuidable } from '../compiler/programs/guided';
import { loadWeights, trainedAs } from '../run/load-weights';
import { weightsFor } from '../run/weights-for';
import { checkConditions, conditionRows, readConditions } from './given';
import { imageNoise, noiseOf } from './noise';
import { requireDrawingRoom } from './require-room';
import { sampleImages, samplingPrograms, type DrawnStep } from './sample-images';
import { walkImages } from './walk-images';
import { pathFrom } from '../spec/paths';
import { ownValue } from '../compiler/own-value';

export interface DrawRequest {
  readonly settings: Omit<SampleSettings, 'name' | 'model'>;
  readonly weights: HostTensors;
  /** A label for each image; null for a model without classes. */
  readonly labels: readonly number[] | null;
  readonly count: number;
  /** Of the starting noise, a whole number. */
  readonly seed: number;
  /** The number of each image, counted from 0 by default: some of many images get the noise they would get among all. */
  readonly numbers?: readonly number[];
  /** The text inputs, a row for each image: `text` or `tokens`, `text_mask`, and those of the empty prompt (`…_none`) for guidance. */
  readonly text?: HostTensors;
  /** Conditions by the input's name: a row for each image, or rows that are used in turn. Conditions of `settings` fill in for those that are absent. */
  readonly given?: HostTensors;
  /** Replaces the noise drawn from the seed, `[count, channels, height, width]`. */
  readonly noise?: HostTensor;
  /** Replaces the random numbers that a solver of the language draws on its way, `[draws, count, channels, height, width]`. */
  readonly draws?: HostTensor;
  readonly backend?: BackendName | 'auto';
  /** Threads of the backend, at least 1; all cores by default. */
  readonly threads?: number;
  /** Images per call of the model; all at once up to 64 by default. */
  readonly batch?: number;
  /** Called with the number of calls of the model that are done, and how many there are. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Called with the noise of each batch, and with its images after each step. */
  readonly onStep?: (step: DrawnStep) => void | Promise<void>;
}

/** Images `[count, channels, height, width]` in about [-1, 1]. */
export async function drawImages(given: ModelGraph, request: DrawRequest): Promise<HostTensor> {
  const model = trainedAs(given, request.weights);
  const { count, settings } = request;
  const guidance = builtInGuidance(settings.guidance);
  requireGuidable(model, guidance);
  const image = noisyImageOf(model);
  if (!image)
    throw new WeftError(
      `${model.name} takes no image that is noise, so nothing can be drawn with it.`,
      'Such models have an input such as noisy: image(32x32), a time, and an output of the same shape.',
    );
  const conditions = await drawnConditions(model, request);
  const plan = declaredWalk(model, settings);
  const programs = plan?.kinds ?? samplingPrograms(model, guidance);
  checkConditions(askedFor(model, plan), conditions);
  const batch = Math.min(request.batch ?? evenBatch(count), count);
  await requireDrawingRoom(model, { programs, batch, backend: request.backend });
  const size = [image.channels, image.height, image.width];
  const { seed, numbers } = request;
  const noise = request.noise ?? (numbers ? noiseOf(seed, size, numbers) : imageNoise(seed, size, count));
  const weakPath = plan ? undefined : guidance?.weak;
  const weakWeights = weakPath === undefined ? null : await loadWeights(weakPath, model);
  const weights = plan ? { ...request.weights, ...(await weakWeightsOf(plan, model, settings)) } : request.weights;
  requireWeights(model, programs, weights);
  // The texts decide how many tokens there are.
  const bindings = { ...bindingsOf(programs[0], request.text ?? {}), batch };
  const open = (): Promise<Session> =>
    openSession(request.backend ?? 'auto', programs, { bindings, threads: request.threads });
  const session = await open();
  const weak = weakWeights && (await open());
  try {
    if (weak) await weak.set(weightsFor(programs, weakWeights));
    await session.set(weightsFor(programs, weights));
    const { onProgress, onStep, draws } = request;
    const way = { noise, conditions, batch, onProgress, onStep };
    if (plan) return await walkImages(session, plan, { ...way, seed, numbers, draws });
    const { solver } = settings;
    invariant(typeof solver === 'string', 'a solver of the language has no plan');
    return await sampleImages(session, model, {
      ...settings,
      solver,
      guidance,
      weak,
      ...way,
    });
  } finally {
    await weak?.dispose();
    await session.dispose();
  }
}

/** The conditions of the images, a row for each: labels, texts, and those that the request or its settings give. */
export async function drawnConditions(
  model: ModelGraph,
  request: Pick<DrawRequest, 'settings' | 'labels' | 'text' | 'given' | 'count'>,
): Promise<HostTensors> {
  const { settings, labels, text, count } = request;
  // A program may give null.
  const given = request.given ?? {};
  const elsewhere = Object.entries(settings.given ?? {}).filter(([name]) => !ownValue(given, name));
  const read = await readConditions(model, Object.fromEntries(elsewhere));
  const own = conditionRows({ ...read, ...given }, count);
  checkNames(model, given);
  const y: HostTensor = { shape: [count], dtype: 'i32', data: Int32Array.from(labels ?? []) };
  return { ...(labels ? { y } : {}), ...text, ...own };
}

/** The model with the conditions that a walk needs from outside: a solver may supply some itself. */
function askedFor(model: ModelGraph, plan: WalkPlan | null): ModelGraph {
  if (!plan) return model;
  const asked = new Set(plan.kinds.flatMap((p) => p.inputs));
  return { ...model, inputs: model.inputs.filter((i) => asked.has(i.value)) };
}

/** The weights from the files that branches of a guidance name, by their names in the programs of a walk. */
async function weakWeightsOf(
  { weak }: WalkPlan,
  model: ModelGraph,
  { guidance }: Pick<SampleSettings, 'guidance'>,
): Promise<HostTensors> {
  const folder = isDeclaredGuidance(guidance) ? guidance.folder : undefined;
  const files = await Promise.all(
    weak.map((path) => loadWeights(folder === undefined ? path : pathFrom(folder, path), model)),
  );
  const named = files.flatMap((file, i) =>
    Object.entries(file).map(([name, tensor]) => [`${weakPrefix}${i + 1}/${name}`, tensor] as const),
  );
  return Object.fromEntries(named);
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

/** Missing weights would be drawn at random, and the images would mean nothing. */
export function requireWeights({ name }: ModelGraph, programs: readonly Program[], weights: HostTensors): void {
  const needed = new Set(programs.flatMap((p) => variablesOf(p).map((v) => v.leaf.name)));
  const absent = [...needed].filter((weight) => !Object.hasOwn(weights, weight));
  if (absent.length === 0) return;
  throw new WeftError(
    `${name} draws with ${counted(needed.size, 'weight')}, of which ${absent.length} ${absent.length === 1 ? 'is' : 'are'} not given, among them ${absent[0]}.`,
    'Give all that loadWeights(path, model) gives.',
  );
}

/** Batches of at most 64, of nearly equal sizes. */
export function evenBatch(count: number): number {
  return Math.ceil(count / Math.ceil(count / 64));
}
