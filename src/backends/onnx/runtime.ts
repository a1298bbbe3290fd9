/** Running exported models with ONNX Runtime, which is loaded when first used. */
import { createRequire } from 'node:module';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { fetchPackage } from '../../setup/fetch-package';
import { typedData } from '../host';
import type { HostTensor, HostTensors } from '../session';

/** A loaded `.onnx` file. */
export interface OnnxModel {
  /** Names and shapes of the inputs; an open axis is a name, or -1. */
  readonly inputs: readonly { readonly name: string; readonly shape: readonly (number | string)[] }[];
  run(inputs: HostTensors): Promise<HostTensors>;
  dispose(): Promise<void>;
}

/** Loads an `.onnx` file on the CPU. */
export async function loadOnnx(path: string, threads?: number): Promise<OnnxModel> {
  const runtime = await loadRuntime();
  const session = await createSession(runtime, path, threads);
  return {
    inputs: session.inputMetadata.map((i) => ({ name: i.name, shape: i.isTensor ? i.shape : [] })),
    run: async (inputs) => {
      const feeds = Object.entries(inputs).map(([name, t]) => [name, toTensor(runtime, t)] as const);
      const results = await session.run(Object.fromEntries(feeds));
      const read = Object.entries(results).map(([name, tensor]) => [name, fromTensor(name, tensor as Tensor)] as const);
      return Object.fromEntries(read);
    },
    dispose: () => session.release(),
  };
}

type Runtime = typeof import('onnxruntime-node');

async function loadRuntime(): Promise<Runtime> {
  const folder = await fetchPackage('onnxruntime-node', 'ONNX Runtime');
  try {
    return createRequire(import.meta.url)(folder) as Runtime;
  } catch (error) {
    throw new WeftError(
      `ONNX Runtime does not load: ${error instanceof Error ? error.message : String(error)}.`,
      `Remove ${folder} and try again: it is fetched anew.`,
      3,
    );
  }
}

async function createSession(runtime: Runtime, path: string, threads?: number): Promise<InferenceSession> {
  const pool = threads === undefined ? {} : { intraOpNumThreads: threads };
  try {
    return await runtime.InferenceSession.create(path, { executionProviders: ['cpu'], logSeverityLevel: 3, ...pool });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WeftError(
      `ONNX Runtime refuses ${path}: ${reason}`,
      'The file may be damaged, or of an opset this version does not run.',
    );
  }
}

function toTensor(runtime: Runtime, { shape, dtype, data }: HostTensor): Tensor {
  const types = { f32: 'float32', i32: 'int32', bool: 'bool' } as const;
  return new runtime.Tensor(types[dtype], typedData(data, dtype) as never, shape);
}

function fromTensor(name: string, tensor: Tensor): HostTensor {
  const types: { readonly [type: string]: HostTensor['dtype'] } = { float32: 'f32', int32: 'i32', bool: 'bool' };
  const dtype = types[tensor.type];
  if (!dtype)
    throw new WeftError(
      `Output "${name}" is of type ${tensor.type}.`,
      'Models exported here give float32, int32 or bool.',
    );
  return { shape: tensor.dims, dtype, data: tensor.data as Float32Array };
}
