/** Verifies an exported model: gives the same random inputs to ONNX Runtime and to a session, and compares the outputs. */
import { messageOf } from '../../files/file-error';
import { bindShape, staticShape, staticSize, type Bindings } from '../../compiler/ir/dims';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import type { Program, Value } from '../../compiler/ir/graph';
import { normalDraws, uniformDraws } from '../../compiler/ops/philox';
import { hostDType, inputName, typedData } from '../host';
import { indexBounds } from '../index-bounds';
import type { HostTensor, HostTensors, Session } from '../session';
import { loadOnnx, type OnnxModel } from './runtime';

export interface VerifyOptions {
  /** Random inputs tried for each batch size; 1 by default. */
  readonly runs?: number;
  /** Of the random inputs, a whole number; 0 by default. */
  readonly seed?: number;
  /** Sizes given to the symbol `batch`; 1 and 3 by default. A program without that symbol runs as it is. */
  readonly batchSizes?: readonly number[];
  /** Values for the other symbols. */
  readonly bindings?: Bindings;
  /** Largest allowed difference relative to the output's largest number; 1e-4 by default, which suits float32. */
  readonly tolerance?: number;
  /** Threads of ONNX Runtime, at least 1; all cores by default. */
  readonly threads?: number;
}

/** How far one output is from the other session's, over all runs. */
export interface OutputDifference {
  readonly output: string;
  readonly maxAbs: number;
  /** maxAbs divided by the largest magnitude in the session's output. */
  readonly relMax: number;
  /** Where the largest difference is, in which run and batch, and at which image size if the file takes several. */
  readonly worst: {
    readonly index: readonly number[];
    readonly run: number;
    readonly batch: number | null;
    readonly size?: string;
  };
}

export interface Verification {
  readonly passed: boolean;
  readonly tolerance: number;
  readonly outputs: readonly OutputDifference[];
}

/** Compares a file with the program it was exported from, as `against` runs it with the same weights. */
export async function verifyOnnx(
  path: string,
  against: Pick<Session, 'run'>,
  program: Program,
  options: VerifyOptions = {},
): Promise<Verification> {
  const { runs = 1, seed = 0, tolerance = 1e-4 } = options;
  const loaded = await loadOnnx(path, options.threads);
  const model = (inputs: HostTensors): Promise<HostTensors> => runAs(path, loaded, inputs);
  try {
    const worst = new Map<string, OutputDifference>();
    for (const [k, batch] of batchesOf(program, options.batchSizes ?? [1, 3]).entries()) {
      for (let run = 0; run < runs; run++) {
        const inputs = randomInputs(
          program,
          { ...options.bindings, ...(batch === null ? {} : { batch }) },
          seed + 7919 * k + run,
        );
        for (const { index, ...d } of differences(path, await model(inputs), await against.run(program.name, inputs))) {
          const known = worst.get(d.output);
          if (!known || !(d.relMax <= known.relMax)) worst.set(d.output, { ...d, worst: { index, run, batch } });
        }
      }
    }
    const outputs = [...worst.values()];
    return { passed: outputs.length > 0 && outputs.every((d) => d.relMax <= tolerance), tolerance, outputs };
  } finally {
    await loaded.dispose();
  }
}

/** A file that does not take the program's inputs was not exported from the program. */
async function runAs(path: string, model: OnnxModel, inputs: HostTensors): Promise<HostTensors> {
  try {
    return await model.run(inputs);
  } catch (error) {
    if (error instanceof WeftError) throw error;
    throw new WeftError(`${path} does not run on the model's inputs: ${messageOf(error)}`, anotherFile);
  }
}

const anotherFile = 'It may be damaged, or of another model or size: export it again.';

/** A verification in a line per output, for people. */
export function describeVerification({ outputs, tolerance, passed }: Verification): string {
  const lines = outputs.map(({ output, maxAbs, relMax, worst }) => {
    const batch = worst.batch === null ? '' : ` at batch ${worst.batch}`;
    const where = `[${worst.index.join(', ')}]${batch}${worst.size ? ` of images of ${worst.size}` : ''}`;
    return `${output}: largest difference ${maxAbs.toExponential(2)} (${relMax.toExponential(2)} of the largest value) at ${where}`;
  });
  return [...lines, `${passed ? 'within' : 'NOT within'} the tolerance of ${tolerance}`].join('\n');
}

/**
 * Inputs a model could get: `t` in [0, 1), masks of at least one leading token, whole numbers below the size of the table
 * they index, and standard normal numbers for the rest.
 */
export function randomInputs(program: Program, bindings: Bindings, seed: number): { [name: string]: HostTensor } {
  const tensors = program.inputs.map((v, stream) => {
    const shape = staticShape(bindShape(v.shape, bindings));
    const dtype = hostDType(v.dtype);
    const size = staticSize(shape);
    return [
      inputName(v),
      {
        shape,
        dtype,
        data: typedData(
          randomData(program, v, shape, (law) => law([seed, 1], stream, size)),
          dtype,
        ),
      },
    ] as const;
  });
  return Object.fromEntries(tensors);
}

function randomData(
  program: Program,
  v: Value,
  shape: readonly number[],
  draw: (law: typeof uniformDraws) => Float64Array,
): Float64Array {
  if (inputName(v).endsWith('mask')) return leadingMask(shape, draw(uniformDraws));
  if (v.dtype === 'i32') {
    // An input that is not an index, and so may be any number, gets 0 and 1.
    const below = indexBounds(program).get(v) ?? 2;
    return draw(uniformDraws).map((x) => Math.floor(x * below));
  }
  if (v.dtype === 'bool') return draw(uniformDraws).map((x) => (x < 0.5 ? 0 : 1));
  return draw(inputName(v) === 't' ? uniformDraws : normalDraws);
}

/** Ones, then zeros, along the last axis. */
function leadingMask(shape: readonly number[], draws: Float64Array): Float64Array {
  const length = shape.at(-1) ?? 1;
  return draws.map((_, i, all) => {
    const kept = 1 + Math.floor(all[i - (i % length)] * length);
    return i % length < kept ? 1 : 0;
  });
}

function batchesOf(program: Program, sizes: readonly number[]): readonly (number | null)[] {
  const symbolic = program.inputs.some((v) =>
    v.shape.some((d) => typeof d !== 'number' && String(d).includes('batch')),
  );
  return symbolic ? sizes : [null];
}

/** For each expected output, the largest difference and where it is. */
function differences(
  path: string,
  found: HostTensors,
  expected: HostTensors,
): (Omit<OutputDifference, 'worst'> & { readonly index: readonly number[] })[] {
  return Object.keys(expected).map((output) => {
    const at = worstIndex(path, found[output], expected[output]);
    const maxAbs = at < 0 ? 0 : distance(found[output].data[at], expected[output].data[at]);
    const largest = largestMagnitude(expected[output].data);
    const index = at < 0 ? [] : unravel(at, expected[output].shape);
    return { output, maxAbs, relMax: maxAbs === 0 ? 0 : maxAbs / Math.max(largest, 1e-12), index };
  });
}

/** The flat index of the largest difference; outputs of different shapes cannot be compared. */
function worstIndex(path: string, found: HostTensor | undefined, expected: HostTensor): number {
  if (!found || found.shape.join() !== expected.shape.join()) {
    const given = found ? `gives [${found.shape.join(', ')}]` : 'gives nothing';
    throw new WeftError(`${path} ${given} where the model gives [${expected.shape.join(', ')}].`, anotherFile);
  }
  let worst = -1;
  let most = -1;
  for (let i = 0; i < expected.data.length; i++) {
    const d = distance(found.data[i], expected.data[i]);
    if (d > most) [most, worst] = [d, i];
  }
  return worst;
}

function largestMagnitude(data: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]));
  return largest;
}

/** |a − b|; infinite if either is not a number, since two NaNs prove nothing. */
function distance(a: number, b: number): number {
  if (a === b) return 0;
  const d = Math.abs(a - b);
  return Number.isNaN(d) ? Infinity : d;
}

function unravel(at: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  for (let axis = shape.length - 1, rest = at; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
}
