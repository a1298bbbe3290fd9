/** The interface of open safetensors, one file or many. */
// Tested by test/data/safetensors/shards.test.ts.
import { counted, someOf } from '../../compiler/diagnostics/counted';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { suggest } from '../../compiler/diagnostics/suggest';
import { printable } from '../../compiler/diagnostics/printable';
import type { DecodedTensor, ReadOptions } from './dtypes';

/** An open safetensors file (or set of shards). Only the header is in memory; tensors are read when asked for. */
export interface SafetensorsReader {
  readonly path: string;
  readonly names: readonly string[];
  readonly metadata: { readonly [key: string]: string };
  /** A note that is reported when the file is opened. */
  readonly remark?: string;
  /** Type and shape of a tensor as stored; if it cannot be read, `unread` may say why. */
  info(name: string): {
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly bytes: number;
    readonly unread?: string;
  };
  /** The tensor in host form: floats as f32, integers as i32, BOOL as bool. Throws if its type cannot be read. */
  read(name: string, options?: ReadOptions): Promise<DecodedTensor>;
  close(): Promise<void>;
}

/** Throws the error for a tensor that a file does not have; it lists similar names. */
export function unknownTensor(path: string, name: string, names: readonly string[]): never {
  const near = suggest(name, names);
  throw new WeftError(
    `${path} has no tensor "${printable(name)}".`,
    near.length > 0
      ? `Did you mean ${near.map(printable).join(' or ')}?`
      : `It has ${counted(names.length, 'tensor')}: ${someOf(names.map(printable), 5)}.`,
  );
}
