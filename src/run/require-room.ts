/** Checks that programs fit into memory before they are run; refuses those that do not, with what would fit. */
import type { BackendName } from '../backends/session';
import { roomHere, type Room } from '../backends/room';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { symbolsOf } from '../compiler/ir/bind';
import { formatShape, staticSize, type Bindings } from '../compiler/ir/dims';
import { rootsOf, topological, type Program, type Variable } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import { sizeIn } from '../compiler/report/flops';
import { memoryOfPrograms } from '../compiler/report/memory';
import { bytes } from '../compiler/report/render';
import { predictedBytes } from '../backends/predicted-memory';

/** Programs that are to be run, and how messages speak of it. */
export interface ProgramUse {
  /** Programs that share their variables; one runs at a time. */
  readonly programs: readonly Program[];
  /** Sizes of symbols, `batch` among them; others that are not known count as 1. */
  readonly bindings: Bindings;
  /** The start of the message: `Running denoise of M`. */
  readonly doing: string;
  /** Bytes that are held beside the session: copies of the weights, or a second runtime. */
  readonly beside?: number;
  /** What would fit, for the largest batch that does; null where not even one image does. */
  readonly ways: (fitting: number | null) => readonly string[];
}

/** Refuses programs that need more memory than there is on the backend. Exit status 3. */
export async function requireProgramRoom(use: ProgramUse, backend: BackendName | 'auto'): Promise<void> {
  const { chosen, room } = await roomHere(backend);
  const problem = room && roomProblem(use, chosen, room);
  if (problem) throw problem;
}

/** A weight is held as it is read, with its axes reordered, and as bytes of the file, four bytes a number each. */
const bytesToWrite = 12;

/** Refuses a file of a model with a weight that memory cannot hold: weights are written one after the other. Exit status 3. */
export async function requireWritingRoom({ name, weights }: ModelGraph): Promise<void> {
  const { room } = await roomHere('onnx');
  const needOfWeight = (w: Variable): number => bytesToWrite * staticSize(w.shape);
  const tooLarge = room && weights.find((w) => needOfWeight(w) > room.bytes);
  if (!tooLarge) return;
  throw new WeftError(
    `Writing ${tooLarge.leaf.name} of ${name}, ${formatShape(tooLarge.shape)}, needs about ${bytes(needOfWeight(tooLarge))}; ${room.holder} ${bytes(room.bytes)}.`,
    'Not even this one weight fits: use a smaller model, or a machine with more memory.',
    3,
  );
}

/** What is wrong with running programs in a room; null if they fit. */
export function roomProblem(use: ProgramUse, backend: BackendName, room: Room): WeftError | null {
  // Most programs need no closer look, which takes a second.
  if (atMost(use) <= room.bytes) return null;
  const needed = needOf(use, backend);
  if (needed <= room.bytes) return null;
  const { batch = 1 } = use.bindings;
  const fits = (n: number): boolean =>
    needOf({ ...use, bindings: { ...use.bindings, batch: n } }, backend) <= room.bytes;
  const ways = use.ways(fittingBatch(batch, fits));
  return new WeftError(
    `${use.doing} needs about ${bytes(needed)}; ${room.holder} ${bytes(room.bytes)}.`,
    ways.length > 0
      ? `What fits: ${ways.join('; ')}.`
      : 'Not even a batch of 1 fits: use a smaller model, or a machine with more memory.',
    3,
  );
}

/** Bytes of everything that the programs hold or compute, 8 a number: more than they ever hold at once. */
function atMost(use: ProgramUse): number {
  const { programs, beside = 0 } = use;
  const bindings = sizesOf(use);
  return topological(programs.flatMap(rootsOf)).reduce((sum, v) => sum + 8 * sizeIn(v, bindings), beside);
}

/** A number for every symbol. */
function sizesOf({ programs, bindings }: ProgramUse): Bindings {
  const unknown = programs.flatMap((p) => p.inputs.flatMap(symbolsOf)).map((name) => [name, 1] as const);
  return { ...Object.fromEntries(unknown), ...bindings };
}

/** The bytes that are predicted for the way the backend runs programs. */
function needOf(use: ProgramUse, backend: BackendName): number {
  const { programs, beside = 0 } = use;
  const memory = memoryOfPrograms(programs, sizesOf(use));
  return beside + predictedBytes(backend, memory);
}

/** The largest power of two below `batch` that fits; null if none does. */
function fittingBatch(batch: number, fits: (n: number) => boolean): number | null {
  for (let n = 2 ** Math.ceil(Math.log2(batch) - 1); n >= 1; n /= 2) if (fits(n)) return n;
  return null;
}
