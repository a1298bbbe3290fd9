/** What an open set of safetensors offers, be it one file or many. */
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { suggest } from '../../compiler/diagnostics/suggest';
import type { HostTensor } from '../../backends/session';
import type { StoredDType } from './dtypes';

/** An open safetensors file (or set of shards). Only the header is in memory; tensors are read when asked for. */
export interface SafetensorsReader {
  readonly path: string;
  readonly names: readonly string[];
  readonly metadata: { readonly [key: string]: string };
  /** Type and shape of a tensor as stored. */
  info(name: string): { readonly dtype: StoredDType; readonly shape: readonly number[]; readonly bytes: number };
  /** The tensor in host form: floats as f32, integers as i32, BOOL as bool. */
  read(name: string): Promise<HostTensor>;
  close(): Promise<void>;
}

/** Complains that a file has no such tensor, naming those with like names. */
export function unknownTensor(path: string, name: string, names: readonly string[]): never {
  const near = suggest(name, names);
  throw new WeftError(
    `${path} has no tensor "${name}".`,
    near.length > 0
      ? `Did you mean ${near.join(' or ')}?`
      : `It has ${names.length} tensors: ${names.slice(0, 5).join(', ')}, …`,
  );
}
