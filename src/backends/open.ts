/** Opens programs on a backend by name; a backend is loaded only when it is asked for. */
import type { Program } from '../compiler/ir/graph';
import { optimize } from '../compiler/optimize/pipeline';
import type { Backend } from '../compiler/ops/targets';
import type { BackendName, OpenSession, Session, SessionOptions } from './session';

const openers: { readonly [B in BackendName]: () => Promise<OpenSession> } = {
  reference: async () => (await import('./reference/session')).openReference,
  tensorflow: async () => (await import('./tensorflow/session')).open,
  tfjs: async () => (await import('./tfjs/session')).openTfjs,
  onnx: async () => (await import('./onnx/session')).openOnnx,
};

/** The words each backend lowers to; composites it has none for are written out. */
const targets: { readonly [B in Exclude<BackendName, 'reference'>]: Backend } = {
  tensorflow: 'graphDef',
  tfjs: 'tfjs',
  onnx: 'onnx',
};

/**
 * Opens programs, optimised; `auto` is native TensorFlow where it is set up, else tfjs. The reference evaluator runs them
 * as they are, so that rewrites are judged by it as well.
 */
export async function openSession(
  backend: BackendName | 'auto',
  programs: readonly Program[],
  options: SessionOptions = {},
): Promise<Session> {
  const name = backend === 'auto' ? await bestBackend() : backend;
  const open = await openers[name]();
  return open(name === 'reference' ? programs : programs.map((program) => optimize(program, targets[name])), options);
}

/** The fastest backend that trains on this machine. */
export async function bestBackend(): Promise<'tensorflow' | 'tfjs'> {
  const { isNativeAvailable } = await import('./tensorflow/session');
  return isNativeAvailable() ? 'tensorflow' : 'tfjs';
}
