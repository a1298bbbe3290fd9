/** Edits pictures with a model, batch by batch, on any backend: FlowEdit, SDEdit, inversion and inpainting. */
import { rowsOf, typedData } from '../backends/host';
import { openSession } from '../backends/open';
import type { BackendName, HostTensor, HostTensors, Session } from '../backends/session';
import { assertNever } from '../compiler/invariant';
import { bindingsOf } from '../compiler/ir/bind';
import type { ModelGraph } from '../compiler/lower/model';
import { isGuided } from '../compiler/programs/samplers/sample';
import { solvers } from '../compiler/programs/samplers/index';
import type { Guidance, SampleSettings } from '../compiler/recipe/index';
import { weightsFor } from '../run/weights-for';
import { checkConditions, conditionRows, readConditions } from '../sample/given';
import { imageDraws } from '../sample/noise';
import { evenBatch, requireWeights } from '../sample/draw';
import { requireDrawingRoom } from '../sample/require-room';
import { samplingPrograms, takeRows, velocityOn } from '../sample/sample-images';
import { ownValue } from '../compiler/own-value';
import { flowEdit } from './flow-edit';
import { inpaint } from './inpaint';
import { evaluationsOf, integrate } from './integrate';
import type { EditMethod } from './method';
import { editTimes, finishFrom } from './times';
import { onPath, type Draw, type EditVelocity } from './velocity';

export interface EditRequest {
  /** Steps, shift and conditions; the guidance is that of the target. */
  readonly settings: Omit<SampleSettings, 'name' | 'model' | 'guidance'> & { readonly guidance: Guidance | null };
  readonly weights: HostTensors;
  /** The pictures, `[count, channels, height, width]`, in the units of the training data. */
  readonly images: HostTensor;
  readonly method: EditMethod;
  /** What is drawn again for inpainting, 1 in the hole and 0 elsewhere, `[count, 1, height, width]`. */
  readonly mask?: HostTensor;
  /** The class and text conditions of what the pictures show, and of what they are to show, a row for each picture. */
  readonly from: HostTensors;
  readonly to: HostTensors;
  /** The scale of guidance where the source is followed; 1 for none. */
  readonly fromGuidance: number;
  /** Other conditions by the input's name, with rows that are used in turn. */
  readonly given?: HostTensors;
  readonly seed: number;
  readonly backend?: BackendName | 'auto';
  readonly threads?: number;
  /** Images per call of the model; all at once up to 64 by default. */
  readonly batch?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Edited {
  /** `[count, channels, height, width]`. */
  readonly images: HostTensor;
  /** Of inversion: the pictures after the way to the noise and back by what they show; null for the other methods. */
  readonly reconstruction: HostTensor | null;
  /** How often the velocity of each picture was asked. */
  readonly evaluations: number;
}

/** Edits pictures by a method. `model` is the model as it was trained. */
export async function editImages(model: ModelGraph, request: EditRequest): Promise<Edited> {
  const { settings, images, method, from, to } = request;
  const [count, ...shape] = images.shape;
  const given = await otherConditions(model, request);
  checkConditions(model, given);
  const batch = Math.min(request.batch ?? evenBatch(count), count);
  const sourceGuidance = scaled(settings.guidance, request.fromGuidance);
  const guidance = [settings.guidance, sourceGuidance].find((g) => g && g.scale !== 1) ?? null;
  const programs = samplingPrograms(model, guidance);
  await requireDrawingRoom(model, { programs, batch, backend: request.backend });
  requireWeights(model, programs, request.weights);
  const bindings = { ...bindingsOf(programs[0], to), batch };
  const session = await openSession(request.backend ?? 'auto', programs, { bindings, threads: request.threads });
  const times = editTimes({ ...settings, strength: method.strength });
  const evaluations = evaluationsIn(method, times);
  const parts = Math.ceil(count / batch);
  const edited = new Float32Array(images.data.length);
  const rebuilt = method.kind === 'inversion' ? new Float32Array(images.data.length) : null;
  try {
    await session.set(weightsFor(programs, request.weights));
    let done = 0;
    for (let part = 0; part < parts; part++) {
      // The last batch is filled up with copies of its first image, since some backends run only one batch size.
      const rows = Array.from({ length: batch }, (_, i) => part * batch + (part * batch + i < count ? i : 0));
      const onAsked = (): void => request.onProgress?.(++done, parts * evaluations);
      const towards = (conditions: HostTensors, by: Guidance | null): EditVelocity => {
        const own = takeRows({ ...conditions, ...given }, rows, count);
        return velocityIn(session, model, {
          settings,
          guidance: by,
          conditions: own,
          shape: [batch, ...shape],
          onAsked,
        });
      };
      const found = await editBatch(method, {
        image: typedData(rowsOf(images, rows).data, 'f32'),
        mask: request.mask && spread(rowsOf(request.mask, rows), shape),
        source: towards(from, sourceGuidance),
        target: towards(to, settings.guidance),
        times,
        draw: (number) => typedData(imageDraws({ seed: request.seed, draw: number }, shape, rows).data, 'f32'),
      });
      const size = edited.length / count;
      const own = Math.min(batch, count - part * batch) * size;
      edited.set(found.image.subarray(0, own), part * batch * size);
      if (found.rebuilt) rebuilt?.set(found.rebuilt.subarray(0, own), part * batch * size);
    }
  } finally {
    await session.dispose();
  }
  const tensor = (data: Float32Array): HostTensor => ({ shape: images.shape, dtype: 'f32', data });
  return { images: tensor(edited), reconstruction: rebuilt && tensor(rebuilt), evaluations };
}

/** A batch, and all that its edit needs. */
interface Batch {
  readonly image: Float32Array;
  readonly mask: Float32Array | undefined;
  readonly source: EditVelocity;
  readonly target: EditVelocity;
  readonly times: readonly number[];
  readonly draw: Draw;
}

async function editBatch(
  method: EditMethod,
  { image, mask = new Float32Array(image.length).fill(1), source, target, times, draw }: Batch,
): Promise<{ readonly image: Float32Array; readonly rebuilt?: Float32Array }> {
  switch (method.kind) {
    case 'flowedit':
      return { image: await flowEdit({ image, source, target, times, draw, ...method }) };
    case 'sdedit':
      return { image: await integrate(target, onPath(image, draw(0), times[0]), times) };
    case 'inversion': {
      const noise = await integrate(source, image, [...times].reverse());
      return { image: await integrate(target, noise, times), rebuilt: await integrate(source, noise, times) };
    }
    case 'inpaint':
      return { image: await inpaint({ image, mask, velocity: target, times, draw, repeats: method.repeats }) };
    default:
      return assertNever(method.kind);
  }
}

/** How often a method asks for a velocity along these times. */
function evaluationsIn({ kind, average, finish, repeats }: EditMethod, times: readonly number[]): number {
  const steps = times.length - 1;
  switch (kind) {
    case 'flowedit': {
      const end = finishFrom(times, finish);
      return 2 * average * end + steps - end;
    }
    case 'sdedit':
      return evaluationsOf(times);
    case 'inversion':
      return evaluationsOf([...times].reverse()) + 2 * evaluationsOf(times);
    case 'inpaint':
      return steps * repeats;
    default:
      return assertNever(kind);
  }
}

interface Asked {
  readonly settings: EditRequest['settings'];
  readonly guidance: Guidance | null;
  readonly conditions: HostTensors;
  /** `[batch, channels, height, width]`. */
  readonly shape: readonly number[];
  readonly onAsked: () => void;
}

/** The model's velocity. Euler's clock is that of edits; the interval of guidance is on the clock of the settings' solver. */
function velocityIn(session: Session, model: ModelGraph, asked: Asked): EditVelocity {
  const { settings, guidance, conditions, shape, onAsked } = asked;
  const { solver, wholeTimes } = settings;
  const ask = velocityOn(session, model, { conditions, shape }, { solver: 'euler', wholeTimes, guidance });
  const isTurned = typeof solver === 'string' && solvers[solver].end === 'noise';
  return async (x, time) => {
    const velocity = await ask(x, time, isGuided(guidance, Math.fround(isTurned ? 1 - time : time)));
    onAsked();
    return velocity;
  };
}

/** The guidance with another scale, everywhere if there is none. */
function scaled(guidance: Guidance | null, scale: number): Guidance {
  return { from: 0, to: 1, ...guidance, scale };
}

async function otherConditions(model: ModelGraph, { settings, given = {}, images }: EditRequest): Promise<HostTensors> {
  const elsewhere = Object.entries(settings.given ?? {}).filter(([name]) => !ownValue(given, name));
  const read = await readConditions(model, Object.fromEntries(elsewhere));
  return conditionRows({ ...read, ...given }, images.shape[0]);
}

/** A mask of one channel for all channels of the images. */
function spread({ data }: HostTensor, [channels, height, width]: readonly number[]): Float32Array {
  const area = height * width;
  const count = data.length / area;
  return Float32Array.from({ length: count * channels * area }, (_, i) => {
    const image = Math.floor(i / (channels * area));
    return data[image * area + (i % area)];
  });
}
