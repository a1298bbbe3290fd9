/** Finds out from files alone whether the native TensorFlow can be used. */
// Tested by test/setup/setup.test.ts.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bindingPackage, bindingPath, bindingRecordPath } from './paths';

/** The library that a binding was linked with; set-up writes this record beside the binding. */
export interface BindingRecord {
  /** Folder of `libtensorflow_cc.so.2`. */
  readonly tensorflow: string;
  /** The version that TensorFlow reported when the binding was verified. */
  readonly version: string;
  readonly source: 'environment' | 'python' | 'cache' | 'download';
  readonly cuda: boolean;
  /** Whether it saw a GPU when the binding was verified. */
  readonly gpu: boolean;
  /** Hash of everything that the binding was built from. */
  readonly inputs: string;
}

export type NativeState =
  | { readonly kind: 'ready'; readonly binding: string; readonly record: BindingRecord | null }
  | { readonly kind: 'absent'; readonly reason: string };

/** True when WEFT_PORTABLE hides the native library from every part of Weft. */
export function isPortableForced(env: { readonly [name: string]: string | undefined } = process.env): boolean {
  return env.WEFT_PORTABLE !== undefined && env.WEFT_PORTABLE !== '' && env.WEFT_PORTABLE !== '0';
}

/** The state of the binding, with the reason if it cannot be used. Loads nothing. */
export function nativeState(): NativeState {
  if (isPortableForced()) return { kind: 'absent', reason: 'WEFT_PORTABLE hides the native library' };
  const folder = bindingPackage();
  if (!folder) return { kind: 'absent', reason: 'the package @tensorflow/tfjs-node-gpu is not installed' };
  const binding = bindingPath(folder);
  if (!existsSync(binding)) return { kind: 'absent', reason: 'the native binding is not built' };
  const record = readRecord(folder);
  if (record && !existsSync(join(record.tensorflow, 'libtensorflow_cc.so.2'))) {
    return { kind: 'absent', reason: `the TensorFlow library has gone from ${record.tensorflow}` };
  }
  return { kind: 'ready', binding, record };
}

/** True when the tensorflow backend can be opened. */
export function isNativeAvailable(): boolean {
  return nativeState().kind === 'ready';
}

/** The record beside an installed binding; null for a binding from another installer. */
export function readRecord(folder: string): BindingRecord | null {
  try {
    return JSON.parse(readFileSync(bindingRecordPath(folder), 'utf8')) as BindingRecord;
  } catch {
    return null;
  }
}
