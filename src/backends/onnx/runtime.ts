/** Running exported models with ONNX Runtime, which is loaded when first used. */
// Tested by test/backends/onnx/sample.test.ts.
import { messageOf, reasonOf } from '../../files/file-error';
import { createRequire } from 'node:module';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { fromFloat16, toFloat16 } from '../../compiler/ir/half';
import { openToRead } from '../../files/regular-file';
import { fetchPackage } from '../../setup/fetch-package';
import { typedData } from '../host';
import type { HostTensor, HostTensors } from '../session';

/** A loaded `.onnx` file. */
export interface OnnxModel {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** The outputs, or only the wanted ones. Floats of 16 and 64 bits are converted from and to float32. */
  run(inputs: HostTensors, wanted?: readonly string[]): Promise<HostTensors>;
  dispose(): Promise<void>;
}

/** An input or output as the file states it. */
export interface OnnxValue {
  readonly name: string;
  /** `float32`, `float16`, `int64` …; `none` if it is not a tensor. */
  readonly type: string;
  /** An open axis is a name or -1. Empty if the file states no shape. */
  readonly shape: readonly (number | string)[];
}

/**
 * Loads an `.onnx` file on the CPU. While it loads and runs, this process does nothing else: no timer can interrupt a damaged or hostile
 * file that never ends. Call this in a process of its own that you can end, unless you trust the file.
 */
export async function loadOnnx(path: string, threads?: number): Promise<OnnxModel> {
  const runtime = await loadRuntime();
  const session = await createSession(runtime, path, threads);
  const inputs = session.inputMetadata.map(valueOf);
  const typeOf = (name: string): string | undefined => inputs.find((i) => i.name === name)?.type;
  return {
    inputs,
    outputs: session.outputMetadata.map(valueOf),
    run: async (given, wanted = session.outputNames) => {
      const feeds = Object.entries(given).map(([name, t]) => [name, toTensor(runtime, t, typeOf(name))] as const);
      const results = await session.run(Object.fromEntries(feeds), wanted, { logSeverityLevel: 4 });
      const read = Object.entries(results).map(
        ([name, tensor]) => [name, fromTensor(name, tensor as OutputTensor)] as const,
      );
      return Object.fromEntries(read);
    },
    dispose: () => session.release(),
  };
}

function valueOf(value: InferenceSession.ValueMetadata): OnnxValue {
  return value.isTensor
    ? { name: value.name, type: value.type, shape: value.shape }
    : { name: value.name, type: 'none', shape: [] };
}

type Runtime = typeof import('onnxruntime-node');

async function loadRuntime(): Promise<Runtime> {
  const folder = await fetchPackage('onnxruntime-node', 'ONNX Runtime');
  try {
    const runtime = createRequire(import.meta.url)(folder) as Runtime;
    // What goes wrong is thrown, and told once.
    runtime.env.logLevel = 'fatal';
    return runtime;
  } catch (error) {
    throw new WeftError(
      `ONNX Runtime does not load: ${reasonOf(error)}.`,
      `Remove ${folder} and try again: it is fetched anew.`,
      3,
    );
  }
}

async function createSession(runtime: Runtime, path: string, threads?: number): Promise<InferenceSession> {
  const pool = threads === undefined ? {} : { intraOpNumThreads: threads };
  // This refuses a pipe, which the runtime would wait for.
  await (await openToRead(path)).close();
  try {
    return await runtime.InferenceSession.create(path, { executionProviders: ['cpu'], logSeverityLevel: 4, ...pool });
  } catch (error) {
    throw new WeftError(
      `ONNX Runtime refuses ${path}: ${messageOf(error)}`,
      'The file may be damaged, or of an opset this version does not run.',
    );
  }
}

function toTensor(runtime: Runtime, { shape, dtype, data }: HostTensor, type?: string): Tensor {
  if (dtype === 'f32' && type === 'float16') {
    return new runtime.Tensor('float16', toFloat16(Float32Array.from(data)), shape);
  }
  if (dtype === 'f32' && type === 'float64') return new runtime.Tensor('float64', Float64Array.from(data), shape);
  switch (dtype) {
    case 'f32':
      return new runtime.Tensor('float32', typedData(data, dtype), shape);
    case 'i32':
      return new runtime.Tensor('int32', typedData(data, dtype), shape);
    case 'bool':
      return new runtime.Tensor('bool', typedData(data, dtype), shape);
  }
}

/** An output as the runtime gives it: `type` says which kind of data it has. */
type OutputTensor = { readonly [T in Tensor.Type]: TensorOf<T> }[Tensor.Type];

interface TensorOf<T extends Tensor.Type> {
  readonly type: T;
  readonly dims: readonly number[];
  /** Newer versions of Node have a type for half floats; older ones give their bits. */
  readonly data: T extends 'float16' ? ArrayLike<number> : Tensor.DataTypeMap[T];
}

function fromTensor(name: string, tensor: OutputTensor): HostTensor {
  const { dims: shape } = tensor;
  switch (tensor.type) {
    case 'float32':
      return { shape, dtype: 'f32', data: tensor.data };
    case 'float64':
      return { shape, dtype: 'f32', data: Float32Array.from(tensor.data) };
    case 'float16':
      return { shape, dtype: 'f32', data: halfData(tensor.data) };
    case 'int32':
      return { shape, dtype: 'i32', data: tensor.data };
    case 'bool':
      return { shape, dtype: 'bool', data: tensor.data };
    default:
      throw new WeftError(
        `Output "${name}" is of type ${tensor.type}.`,
        'Outputs of float16, float32, float64, int32 or bool are read.',
      );
  }
}

function halfData(data: ArrayLike<number>): Float32Array {
  const isBits = Object.prototype.toString.call(data) === '[object Uint16Array]';
  return isBits ? fromFloat16(Uint16Array.from(data)) : Float32Array.from(data);
}
