/** The native TensorFlow behind tfjs-node-gpu: loads it once and quietly, runs sessions on host tensors. */
// Tested by test/backends/tensorflow/session.test.ts.
import { messageOf } from '../../files/file-error';
import { createRequire } from 'node:module';
import type * as tfjs from '@tensorflow/tfjs-core';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { quietly } from '../../setup/quiet';
import { shimNode } from '../../setup/node-shims';
import { bindingPackage } from '../../setup/paths';
import { nativeState } from '../../setup/native';
import { typedData } from '../host';
import type { HostTensor } from '../session';
import type { Device } from './execution';

/** A tensor to feed: the node it goes to, and its values (or a file name). */
export interface Feed {
  readonly node: string;
  readonly value: HostTensor | string;
}

export interface NativeRuntime {
  readonly device: Device;
  /** Loads a SavedModel folder; the folder is not needed afterwards. */
  load(folder: string): number;
  unload(session: number): void;
  /** Runs the graph up to `fetches` and reads them; all tensors it makes are gone when it returns. */
  run(session: number, feeds: readonly Feed[], fetches: readonly string[]): HostTensor[];
  /** Tensors that tfjs holds now. */
  tensorCount(): number;
}

/** The methods of tfjs-node's kernel backend behind `tf.node.loadSavedModel`, which itself parses the whole file once per signature. */
interface NodeBackend {
  readonly isUsingGpuDevice: boolean;
  loadSavedModelMetaGraph(folder: string, tags: string): number;
  deleteSavedModel(session: number): void;
  runSavedModel(
    session: number,
    inputs: tfjs.Tensor[],
    infos: { name: string; tfDtype: string }[],
    outputs: string[],
  ): tfjs.Tensor[];
}

interface Tf extends Pick<typeof tfjs, 'tensor' | 'scalar' | 'memory' | 'getBackend' | 'setBackend'> {
  backend(): NodeBackend;
}

/** The name under which tfjs-node registers itself. */
const backendName = 'tensorflow';

let loaded: NativeRuntime | null = null;

/** Loads TensorFlow (about half a second the first time). Throws a `WeftError` when it is not set up. */
export function loadRuntime(threads?: number): NativeRuntime {
  const state = nativeState();
  if (state.kind === 'absent') {
    throw new WeftError(
      `The tensorflow backend cannot be used: ${state.reason}.`,
      'Run `weft setup` (and `weft doctor` to see what is missing), or choose the backend tfjs.',
      3,
    );
  }
  setEnvironment(threads, state.record?.cuda ? state.record.tensorflow : null);
  return (loaded ??= makeRuntime(requireTensorFlow()));
}

function requireTensorFlow(): Tf {
  shimNode();
  const folder = bindingPackage();
  try {
    return quietly(() => createRequire(import.meta.url)(folder ?? '@tensorflow/tfjs-node-gpu') as Tf);
  } catch (e) {
    throw new WeftError(
      `TensorFlow could not be loaded: ${messageOf(e)}`,
      'Run `weft setup` again: it rebuilds the binding and tries it.',
      3,
    );
  }
}

/** The device that programs will run on, as set-up found it: TensorFlow itself can only be asked once it is loaded. */
export function expectedDevice(): Device {
  const state = nativeState();
  return state.kind === 'ready' && state.record?.gpu ? 'gpu' : 'cpu';
}

/** Whether this process has loaded TensorFlow, which then holds most of the memory of its GPU to the end. */
export function isRuntimeLoaded(): boolean {
  return loaded !== null;
}

/**
 * Lets XLA compile the regions between matrix products, everywhere in this process. TensorFlow reads the flags when it
 * is loaded, so a later call changes nothing. Flags that the user has set stay.
 */
export function enableClustering(): void {
  process.env.TF_XLA_FLAGS ??= '--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit --tf_xla_ops_to_cluster=FUSIBLE';
}

/** TensorFlow reads these when it starts and when a session is made. Variables that the user has set stay. */
function setEnvironment(threads: number | undefined, cuda: string | null): void {
  const { env } = process;
  env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  if (threads) {
    env.TF_NUM_INTRAOP_THREADS = String(threads);
    env.TF_NUM_INTEROP_THREADS = String(threads);
  }
  const flags = env.XLA_FLAGS ?? '';
  if (cuda && !flags.includes('xla_gpu_cuda_data_dir'))
    env.XLA_FLAGS = `${flags} --xla_gpu_cuda_data_dir=${cuda}/../nvidia/cuda_nvcc`.trim();
}

function makeRuntime(tf: Tf): NativeRuntime {
  if (tf.getBackend() !== backendName) void tf.setBackend(backendName);
  const backend = tf.backend();
  return {
    device: backend.isUsingGpuDevice ? 'gpu' : 'cpu',
    load: (folder) => backend.loadSavedModelMetaGraph(folder, 'serve'),
    unload: (session) => backend.deleteSavedModel(session),
    tensorCount: () => tf.memory().numTensors,
    run(session, feeds, fetches) {
      // Another session of this process may have made another tfjs backend the current one.
      if (tf.getBackend() !== backendName) void tf.setBackend(backendName);
      const inputs = feeds.map((feed) => toTensor(tf, feed.value));
      let outputs: tfjs.Tensor[] = [];
      try {
        const infos = feeds.map((feed) => ({ name: `${feed.node}:0`, tfDtype: '' }));
        outputs = backend.runSavedModel(
          session,
          inputs,
          infos,
          fetches.map((node) => `${node}:0`),
        );
        return outputs.map(toHost);
      } finally {
        for (const tensor of [...inputs, ...outputs]) tensor.dispose();
      }
    },
  };
}

const tfTypes = { f32: 'float32', i32: 'int32', bool: 'bool' } as const;

function toTensor(tf: Tf, value: HostTensor | string): tfjs.Tensor {
  if (typeof value === 'string') return tf.scalar(value, 'string');
  return tf.tensor(typedData(value.data, value.dtype), [...value.shape], tfTypes[value.dtype]);
}

function toHost(tensor: tfjs.Tensor): HostTensor {
  const data = tensor.dataSync();
  const dtype = tensor.dtype === 'float32' ? 'f32' : tensor.dtype === 'int32' ? 'i32' : 'bool';
  return { shape: tensor.shape, dtype, data };
}
