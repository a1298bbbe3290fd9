/** Draws images with a model: walks a solver from noise to data, batch by batch, on any backend. */
import { setImmediate } from 'node:timers/promises';
import { counted } from '../compiler/diagnostics/counted';
import { rowsOf, typedData } from '../backends/host';
import type { HostTensor, HostTensors, Session } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { Program } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import type { Guidance, SampleSettings } from '../compiler/recipe/index';
import { denoise } from '../compiler/programs/denoise';
import { emptyPromptNames, guided, scaleName } from '../compiler/programs/guided';
import { velocityModel } from '../compiler/programs/objectives/velocity-model';
import { modelTime } from '../compiler/programs/samplers/model-time';
import { guide, runSolver, type Velocity } from '../compiler/programs/samplers/sample';
import { solvers, type SolverName } from '../compiler/programs/samplers/index';

/** A walk from noise to images, with everything it needs besides its settings. */
export interface SampleOptions extends Omit<SampleSettings, 'name' | 'model' | 'given' | 'solver' | 'guidance'> {
  readonly solver: SolverName;
  readonly guidance: Guidance | null;
  /** For autoguidance: a session of `denoise` with the weights of a weaker model. */
  readonly weak?: Session | null;
  /** The starting noise, `[count, channels, height, width]`. */
  readonly noise: HostTensor;
  /** The conditions, each with `count` rows: `y` `[count]`, or `text`, `text_mask` and those of the empty prompt. */
  readonly conditions: HostTensors;
  /** Images per call of the model, as the session was opened for. */
  readonly batch: number;
  /** Called with the number of calls of the model that are done, and how many there are. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Called with the noise of each batch, and after each of its steps. */
  readonly onStep?: (step: DrawnStep) => void | Promise<void>;
}

/** Images of one batch on their way from noise to data. */
export interface DrawnStep {
  /** 0 for the noise, `steps` for the images that are drawn. */
  readonly step: number;
  /** How many steps there are. */
  readonly steps: number;
  /** The number of the first of these images among those of the call, from 0. */
  readonly first: number;
  /** `[images, channels, height, width]`: standard normal numbers at first, the units of the training data at the end. */
  readonly images: HostTensor;
}

/** The programs that a session needs for sampling: the plain model, and the guided one if guidance is used. */
export function samplingPrograms(model: ModelGraph, guidance: Guidance | null): Program[] {
  const plain = denoise(velocityModel(model));
  const usesBranches = guidance && guidance.scale !== 1 && guidance.weak === undefined;
  return usesBranches ? [plain, guided(model, guidance.rescale)] : [plain];
}

/** Images `[count, channels, height, width]` in the units of the training data, about [-1, 1]. */
export async function sampleImages(session: Session, model: ModelGraph, options: SampleOptions): Promise<HostTensor> {
  const { noise, batch } = options;
  const count = noise.shape[0];
  const size = noise.data.length / Math.max(count, 1);
  const images = new Float32Array(noise.data.length);
  const parts = Math.ceil(count / batch);
  let calls = 0;
  for (let part = 0; part < parts; part++) {
    // The last batch is filled up with copies of its first image, since some backends run only one batch size.
    const rows = Array.from({ length: batch }, (_, i) => (part * batch + i < count ? part * batch + i : part * batch));
    const conditions = takeRows(options.conditions, rows, count);
    const start = typedData(rowsOf(noise, rows).data, 'f32');
    const first = part * batch;
    const own = Math.min(batch, count - first);
    const tell = async (step: number, all: Float32Array): Promise<void> => {
      const images: HostTensor = {
        shape: [own, ...noise.shape.slice(1)],
        dtype: 'f32',
        data: all.slice(0, own * size),
      };
      await options.onStep?.({ step, steps: options.steps, first, images });
    };
    await tell(0, start);
    const x = await runSolver({
      solver: solvers[options.solver],
      steps: options.steps,
      shift: options.shift,
      lastStep: options.lastStep,
      guidance: options.guidance,
      noise: start,
      velocity: velocityOn(session, model, { conditions, shape: [batch, ...noise.shape.slice(1)] }, options),
      onStep: async ({ index, x: reached }) => {
        await tell(index + 1, reached);
        options.onProgress?.(++calls, parts * options.steps);
        // Lets signals and the progress bar have their turn: a backend may compute without ever waiting.
        await setImmediate();
      },
    });
    images.set(x.subarray(0, own * size), first * size);
  }
  return { shape: noise.shape, dtype: 'f32', data: images };
}

/** The inputs of `denoise` for a batch of flat numbers at a time of the solver. */
export function inputsAt(
  model: ModelGraph,
  { conditions, shape }: { readonly conditions: HostTensors; readonly shape: readonly number[] },
  { solver, wholeTimes }: Pick<SampleOptions, 'solver' | 'wholeTimes'>,
): (x: Float32Array, solverTime: number) => HostTensors {
  const { seen } = modelTime(model, solvers[solver], { wholeTimes });
  const own = pick(
    conditions,
    model.inputs.map((i) => i.name),
  );
  return (x, solverTime) => {
    const data = new Float32Array(shape[0]).fill(seen(solverTime));
    return { x_t: { shape, dtype: 'f32', data: x }, t: { shape: [shape[0]], dtype: 'f32', data }, ...own };
  };
}

/** The model as a solver calls it. If the solver's time runs in the other direction, time and velocity are reversed. */
export function velocityOn(
  session: Session,
  model: ModelGraph,
  { conditions, shape }: { readonly conditions: HostTensors; readonly shape: readonly number[] },
  { solver, wholeTimes, guidance, weak }: Pick<SampleOptions, 'solver' | 'wholeTimes' | 'guidance' | 'weak'>,
): Velocity {
  const { sign } = modelTime(model, solvers[solver], { wholeTimes });
  const at = inputsAt(model, { conditions, shape }, { solver, wholeTimes });
  const empty = pick(conditions, emptyPromptNames(model));
  return async (x, solverTime, isGuided) => {
    const inputs = at(x, solverTime);
    const scale: HostTensor = { shape: [], dtype: 'f32', data: Float32Array.of(guidance?.scale ?? 1) };
    const oriented = (velocity: Float32Array): Float32Array => (sign < 0 ? velocity.map((v) => -v) : velocity);
    if (isGuided && weak) {
      const [strong, poor] = [session, weak].map((s) => s.run('denoise', inputs));
      return oriented(guide(floats(await poor), floats(await strong), guidance?.scale ?? 1));
    }
    const outputs = isGuided
      ? await session.run('guided', { ...inputs, ...empty, [scaleName(model)]: scale })
      : await session.run('denoise', inputs);
    return oriented(floats(outputs));
  };
}

function floats({ velocity }: HostTensors): Float32Array {
  return Float32Array.from(velocity.data);
}

/** Some rows of conditions; `count` is the number of images that each condition has rows for. */
export function takeRows(tensors: HostTensors, rows: readonly number[], count: number): HostTensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      if (tensor.shape[0] === count) return [name, rowsOf(tensor, rows)];
      throw new WeftError(
        `"${name}" has ${counted(tensor.shape[0], 'row')} for ${counted(count, 'image')}.`,
        'Give one row for each image.',
      );
    }),
  );
}

function pick(tensors: HostTensors, names: readonly string[]): HostTensors {
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => names.includes(name)));
}
