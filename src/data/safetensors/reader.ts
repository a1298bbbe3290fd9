/** What an open set of safetensors offers, be it one file or many. */
// Tested by test/data/safetensors/shards.test.ts.
import { counted, someOf } from '../../compiler/diagnostics/counted';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { suggest } from '../../compiler/diagnostics/suggest';
import { printable } from '../../compiler/diagnostics/printable';
import type { DecodedTensor } from './dtypes';

/** An open safetensors file (or set of shards). Only the header is in memory; tensors are read when asked for. */
export interface SafetensorsReader {
  readonly path: string;
  readonly names: readonly string[];
  readonly metadata: { readonly [key: string]: string };
  /** What there is to tell of the file as it is opened. */
  readonly remark?: string;
  /** Type and shape of a tensor as stored; the type may be one that cannot be read, or `unread` say why not. */
  info(name: string): {
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly bytes: number;
    readonly unread?: string;
  };
  /** The tensor in host form: floats as f32, integers as i32, BOOL as bool. Throws where its type cannot be read. */
  read(name: string): Promise<DecodedTensor>;
  close(): Promise<void>;
}

/** Throws: a file has no such tensor. Names those with similar names. */
export function unknownTensor(path: string, name: string, names: readonly string[]): never {
  const near = suggest(name, names);
  throw new WeftError(
    `${path} has no tensor "${printable(name)}".`,
    near.length > 0
      ? `Did you mean ${near.map(printable).join(' or ')}?`
      : `It has ${counted(names.length, 'tensor')}: ${someOf(names.map(printable), 5)}.`,
  );
}
