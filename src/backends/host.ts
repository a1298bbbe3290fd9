/** Tensors in host memory that enter or leave a session: checked against a program's inputs, converted, and used to find symbolic sizes. */
// Tested by test/backends/labels.test.ts.
import { invariant } from '../compiler/invariant';
import { counted } from '../compiler/diagnostics/counted';
import { bindShape, formatShape, isStatic, type Bindings } from '../compiler/ir/dims';
import type { DType, NdArray, Program, TensorType, Value } from '../compiler/ir/graph';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { kindOf } from '../compiler/diagnostics/require-kind';
import { isRecord } from '../files/record';
import { indexBounds } from './index-bounds';
import type { HostTensor, HostTensors } from './session';

/** The dtype that host tensors have for a program's dtype: half types become f32. */
export function hostDType(dtype: DType): HostTensor['dtype'] {
  return dtype === 'bf16' || dtype === 'f16' ? 'f32' : dtype;
}

/** The typed array of each dtype. */
interface TypedArrays {
  readonly f32: Float32Array;
  readonly i32: Int32Array;
  readonly bool: Uint8Array;
}

const typed: { readonly [D in keyof TypedArrays]: (data: ArrayLike<number>) => TypedArrays[D] } = {
  f32: (data) => (data instanceof Float32Array ? data : Float32Array.from(data)),
  i32: (data) => (data instanceof Int32Array ? data : Int32Array.from(data)),
  bool: (data) => (data instanceof Uint8Array ? data : Uint8Array.from(data, (x) => (x ? 1 : 0))),
};

/** The data as the typed array of the dtype; returned unchanged if it already is one. */
export function typedData<D extends HostTensor['dtype']>(data: ArrayLike<number>, dtype: D): TypedArrays[D] {
  return typed[dtype](data);
}

export function toNdArray(tensor: HostTensor): NdArray {
  return { shape: tensor.shape, data: Float64Array.from(tensor.data) };
}

/** The session's program of this name; `inputs` are the tensors that it is to run on. */
export function programNamed<T>(programs: ReadonlyMap<string, T>, name: string, inputs: HostTensors): T {
  requireTensors('inputs', inputs);
  const found = programs.get(name);
  if (found) return found;
  throw new WeftError(`This session has no program "${name}".`, `It has: ${[...programs.keys()].join(', ')}.`, 2);
}

/** Refuses missing and unknown tensors, and those whose shape or dtype differs from the program's inputs with `bindings` in place. */
export function checkInputs(program: Program, tensors: HostTensors, bindings: Bindings): void {
  const names = program.inputs.map(inputName);
  for (const name of Object.keys(tensors)) {
    if (!names.includes(name)) {
      throw new WeftError(`Program "${program.name}" has no input "${name}".`, `Its inputs: ${names.join(', ')}.`);
    }
  }
  for (const input of program.inputs)
    checkTensor(`Input "${inputName(input)}" of "${program.name}"`, tensors[inputName(input)], input.type, bindings);
  checkIndices(program, tensors);
}

/** Refuses labels and tokens that have no row in their table, which each backend would treat differently. */
function checkIndices(program: Program, tensors: HostTensors): void {
  for (const [input, rows] of indexBounds(program)) {
    const name = inputName(input);
    const wrong = Array.from(tensors[name].data).find((i) => !(i >= 0 && i < rows));
    if (wrong === undefined) continue;
    const noClass = name === 'y' ? `; ${rows - 1} stands for "no class"` : '';
    throw new WeftError(
      `Input "${name}" of "${program.name}" holds ${wrong}, which is no row of its table.`,
      `Give whole numbers from 0 to ${rows - 1}${noClass}.`,
    );
  }
}

/** Refuses a tensor that is missing or does not have the type asked for; `what` names it in the message. */
export function checkTensor(
  what: string,
  tensor: HostTensor | undefined,
  type: TensorType,
  bindings: Bindings = {},
): void {
  const shape = bindShape(type.shape, bindings);
  const expected = `${hostDType(type.dtype)} ${formatShape(shape)}`;
  if (!tensor) throw new WeftError(`${what} is missing.`, `Give a tensor of ${expected}.`);
  if (!isTensor(tensor)) throw noTensor(what, tensor);
  const fits =
    tensor.dtype === hostDType(type.dtype) &&
    tensor.shape.length === shape.length &&
    shape.every((d, i) => typeof d !== 'number' || d === tensor.shape[i]);
  if (!fits)
    throw new WeftError(`${what} is ${tensor.dtype} ${formatShape(tensor.shape)}.`, `Give a tensor of ${expected}.`);
  const size = tensor.shape.reduce((a, b) => a * b, 1);
  if (tensor.data.length !== size) {
    throw new WeftError(
      `${what} has ${counted(tensor.data.length, 'number')}.`,
      `Its shape ${formatShape(tensor.shape)} needs ${size}.`,
    );
  }
}

/** Throws if a program passes something other than tensors by name, such as bare arrays. */
export function requireTensors(what: string, tensors: unknown, hint?: string): asserts tensors is HostTensors {
  if (!isRecord(tensors)) throw new WeftError(`${what} must be tensors by name, not ${kindOf(tensors)}.`, hint, 2);
  const wrong = Object.entries(tensors).find(([, tensor]) => !isTensor(tensor));
  if (!wrong) return;
  throw noTensor(`"${wrong[0]}" of ${what}`, wrong[1]);
}

function noTensor(what: string, value: unknown): WeftError {
  return new WeftError(
    `${what} must be a tensor, not ${kindOf(value)}.`,
    'A tensor is { shape: [2, 3], dtype: "f32", data: Float32Array }, with f32, i32 or bool.',
    2,
  );
}

/** The error for a session that is used after it was disposed of. */
export function disposedError(doing: string): WeftError {
  return new WeftError(`The session was disposed before ${doing}.`, 'Open another with openSession.');
}

function isTensor(x: unknown): x is HostTensor {
  return isRecord(x) && Array.isArray(x.shape) && Object.hasOwn(typed, String(x.dtype)) && ArrayBuffer.isView(x.data);
}

/** The name of a program's input. */
export function inputName(v: Value): string {
  invariant(v.leaf?.kind === 'input', 'a program lists a value as input that is none');
  return v.leaf.name;
}

/** Refuses a shape with symbols that no input's shape and no binding gives a value. */
export function requireStatic(what: string, type: TensorType): void {
  if (isStatic(type.shape)) return;
  throw new WeftError(
    `The size of ${what} is not known: ${formatShape(type.shape)}.`,
    'Give the symbol a value in `bindings`.',
  );
}

/** Joins tensors along the first axis; their other axes are equal. */
export function stackedRows(tensors: readonly HostTensor[]): HostTensor {
  const [{ shape, dtype }] = tensors;
  const size = tensors.reduce((sum, t) => sum + t.data.length, 0);
  const data = typedData(new Float64Array(size), dtype);
  let at = 0;
  for (const t of tensors) {
    data.set(t.data, at);
    at += t.data.length;
  }
  return { shape: [tensors.reduce((sum, t) => sum + t.shape[0], 0), ...shape.slice(1)], dtype, data };
}

/** The rows of a tensor's first axis with these numbers, in this order. */
export function rowsOf(tensor: HostTensor, rows: readonly number[]): HostTensor {
  const size = tensor.data.length / tensor.shape[0];
  const out = typedData(new Float64Array(rows.length * size), tensor.dtype);
  rows.forEach((row, i) => out.set(tensor.data.subarray(row * size, (row + 1) * size), i * size));
  return { ...tensor, shape: [rows.length, ...tensor.shape.slice(1)], data: out };
}

/** Inputs of a batch in equal parts along its axis. Those that all images share have one row, and stay whole: the empty prompt. */
export function inParts(inputs: HostTensors, batch: number, count: number): HostTensors[] {
  const each = batch / count;
  return Array.from({ length: count }, (_, at) =>
    Object.fromEntries(
      Object.entries(inputs).map(([name, tensor]): [string, HostTensor] => [
        name,
        tensor.shape[0] === batch ? rowsBetween(tensor, at * each, (at + 1) * each) : tensor,
      ]),
    ),
  );
}

function rowsBetween({ shape, dtype, data }: HostTensor, from: number, to: number): HostTensor {
  const size = data.length / shape[0];
  return { shape: [to - from, ...shape.slice(1)], dtype, data: data.subarray(from * size, to * size) };
}
