/** Safetensors files of any element types, and models given as text, for tests of the loader. */
import { writeFile } from 'node:fs/promises';
import { checkFile } from '../../src/compiler/compile';
import { renderText } from '../../src/compiler/diagnostics/render';
import type { ModelGraph } from '../../src/compiler/lower/model';
import { readSpec } from './compile';

/** A tensor as bytes. */
export interface Stored {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Writes the tensors one behind the other, in their order. */
export async function storeTensors(
  path: string,
  tensors: { readonly [name: string]: Stored },
  metadata?: { readonly [key: string]: string },
): Promise<void> {
  let at = 0;
  const header: { [name: string]: unknown } = metadata ? { __metadata__: metadata } : {};
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [at, at + bytes.length] };
    at += bytes.length;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  await writeFile(path, Buffer.concat([length, json, ...Object.values(tensors).map((t) => t.bytes)]));
}

/** float32 numbers. */
export function f32(shape: readonly number[], data: readonly number[]): Stored {
  return { dtype: 'F32', shape, bytes: new Uint8Array(Float32Array.from(data).buffer) };
}

/** Numbers of one byte each, as they stand in the file. */
export function inBytes(dtype: string, shape: readonly number[], bytes: readonly number[]): Stored {
  return { dtype, shape, bytes: Uint8Array.from(bytes) };
}

/** The model `M` of a spec's text. */
export function modelOf(text: string, settings: { readonly [name: string]: string } = {}): ModelGraph {
  const spec = checkFile('m.weft', (path) => (path.endsWith('m.weft') ? text : readSpec(path)), {
    elaborateModels: false,
  });
  const { model, diagnostics } = spec.elaborate('M', settings);
  if (!model) throw new Error(renderText([...spec.diagnostics, ...diagnostics], { colors: false }));
  return model;
}
