/** Which tfjs backend runs programs: the active one in a browser, WebAssembly in Node. */
// Tested by test/backends/tfjs/session.test.ts.
import type * as tfjs from '@tensorflow/tfjs-core';
import { WeftError } from '../../compiler/diagnostics/diagnostic';

/** The functions of @tensorflow/tfjs-core, on whatever backend is active. */
export type Tfjs = typeof tfjs;

/** The tfjs functions, and the name of the backend that must be active while they are called. */
export interface TfjsRuntime {
  readonly tf: Tfjs;
  readonly backend: string;
}

/**
 * Loads tfjs. In Node the backend is wasm, since another part of the process may have made a different one active; the
 * plain JavaScript backend, 30 times slower, is used only if wasm cannot start. In a browser it is whichever is active.
 */
export async function loadRuntime(backend?: string): Promise<TfjsRuntime> {
  const tf = namespaceOf<Tfjs>(await import('@tensorflow/tfjs-core'));
  if (backend === undefined && !isNode()) {
    await tf.ready();
    return { tf, backend: tf.getBackend() };
  }
  const names = backend === undefined ? ['wasm', 'cpu'] : [backend];
  for (const name of names) if (await activate(tf, name)) return { tf, backend: name };
  throw new WeftError(
    `None of the tfjs backends starts: ${names.join(', ')}.`,
    'Install @tensorflow/tfjs-backend-wasm.',
    3,
  );
}

/** Makes the runtime's backend the active one, without waiting, since it has been started before. */
export function use({ tf, backend }: TfjsRuntime): void {
  if (tf.getBackend() !== backend) void tf.setBackend(backend);
}

async function activate(tf: Tfjs, name: string): Promise<boolean> {
  if (name === 'wasm') await import('@tensorflow/tfjs-backend-wasm');
  if (name === 'cpu') await import('@tensorflow/tfjs-backend-cpu');
  if (name === 'wasm' && isNode()) (await import('./wasm-node')).locateWasm();
  return tf.setBackend(name);
}

function isNode(): boolean {
  return typeof process === 'object' && Boolean(process.versions?.node);
}

/** A package's exports, whether it was loaded as an ES module or as CommonJS. */
export function namespaceOf<T>(module: object): T {
  return ('default' in module && module.default ? module.default : module) as T;
}
