/** Writes safetensors files, at once or tensor by tensor; a file gets its name once it is complete. */
// Tested by test/data/safetensors.test.ts.
import { counted, someOf } from '../../compiler/diagnostics/counted';
import { open, type FileHandle } from 'node:fs/promises';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { beginFile, type PendingFile } from '../../files/atomic';
import { requireTensors } from '../../backends/host';
import { fileError } from '../../files/file-error';
import type { HostTensor, HostTensors } from '../../backends/session';
import { encode, storedDType, widths, type FloatStorage, type StoredDType } from './dtypes';
import { formatHeader, type StoredTensor } from './header';
import { sumOf, withSums } from './sums';

export interface WriteOptions {
  readonly metadata?: { readonly [key: string]: string };
  /** How f32 tensors are stored; F32 by default. */
  readonly dtype?: FloatStorage;
}

/** The planned contents of a file. */
export interface PlannedHeader {
  readonly tensors: readonly {
    readonly name: string;
    readonly dtype: StoredDType;
    readonly shape: readonly number[];
  }[];
  readonly metadata?: { readonly [key: string]: string };
}

/** A file being written: give each planned tensor once, in any order, then close the file. */
export interface SafetensorsWriter {
  write(name: string, tensor: HostTensor): Promise<void>;
  /** Puts the file in place; every tensor must have been written. */
  close(): Promise<void>;
  /** Removes everything that was written. */
  discard(): Promise<void>;
}

/** Writes tensors in memory to a file, with checksums that are verified when it is read. */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, HostTensor> | HostTensors,
  { metadata, dtype = 'F32' }: WriteOptions = {},
): Promise<void> {
  if (!(tensors instanceof Map)) requireTensors('tensors', tensors);
  const entries: [string, HostTensor][] = tensors instanceof Map ? [...tensors] : Object.entries(tensors);
  const planned = entries.map(([name, t]) => ({ name, dtype: storedDType(t, dtype), shape: t.shape }));
  const sums = entries.map(([name, t]) => [name, sumOf(encode(t, storedDType(t, dtype)))] as const);
  const described = new Map(planned.map((tensor) => [tensor.name, tensor]));
  const all = withSums(metadata ?? {}, described, Object.fromEntries(sums));
  const writer = await createSafetensorsWriter(path, { tensors: planned, metadata: all });
  try {
    for (const [name, tensor] of entries) await writer.write(name, tensor);
    await writer.close();
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/** Starts a file whose tensors arrive one at a time, so that it may be larger than memory. */
export async function createSafetensorsWriter(path: string, planned: PlannedHeader): Promise<SafetensorsWriter> {
  const layout = layOut(planned);
  const header = formatHeader({ metadata: planned.metadata ?? {}, tensors: layout });
  const pending = await beginFile(path);
  try {
    const file = await open(pending.temporary, 'w');
    const writer = new FileWriter(path, { pending, file }, layout, header.length);
    await writer.put(header, 0);
    return writer;
  } catch (error) {
    await pending.discard();
    throw await fileError(error, 'write', path);
  }
}

/** A tensor with its place, and a type that can be written. */
type PlacedTensor = StoredTensor & { readonly dtype: StoredDType };

/** Positions after the header: wide types first, so that every tensor starts at a multiple of its element width. */
function layOut({ tensors }: PlannedHeader): Map<string, PlacedTensor> {
  const layout = new Map<string, PlacedTensor>();
  let at = 0;
  for (const { name, dtype, shape } of [...tensors].sort((a, b) => widths[b.dtype] - widths[a.dtype])) {
    if (layout.has(name))
      throw new WeftError(`Two tensors to write are called "${name}".`, 'Give them names of their own.');
    if (name === '__metadata__')
      throw new WeftError('A tensor cannot be called "__metadata__".', 'Choose another name.');
    const end = at + shape.reduce((a, b) => a * b, widths[dtype]);
    layout.set(name, { dtype, shape, begin: at, end });
    at = end;
  }
  return layout;
}

class FileWriter implements SafetensorsWriter {
  private readonly pending: PendingFile;
  private readonly file: FileHandle;
  private readonly left: Set<string>;
  private open = true;

  constructor(
    private readonly path: string,
    { pending, file }: { readonly pending: PendingFile; readonly file: FileHandle },
    private readonly layout: ReadonlyMap<string, PlacedTensor>,
    private readonly start: number,
  ) {
    this.pending = pending;
    this.file = file;
    this.left = new Set(layout.keys());
  }

  async write(name: string, tensor: HostTensor): Promise<void> {
    const planned = this.layout.get(name);
    if (!planned || !this.left.has(name)) {
      throw new WeftError(`The tensor "${name}" was ${planned ? 'written before' : 'not planned'} in ${this.path}.`);
    }
    if (tensor.shape.join() !== planned.shape.join()) {
      throw new WeftError(
        `"${name}" was planned as [${planned.shape.join(', ')}] but is [${tensor.shape.join(', ')}].`,
      );
    }
    const bytes = encode(tensor, planned.dtype);
    if (bytes.length !== planned.end - planned.begin) {
      throw new WeftError(
        `"${name}" of shape [${tensor.shape.join(', ')}] holds ${counted(tensor.data.length, 'number')}.`,
      );
    }
    await this.put(bytes, this.start + planned.begin);
    this.left.delete(name);
  }

  async put(bytes: Uint8Array, position: number): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await this.file.write(bytes, at, Math.min(bytes.length - at, 2 ** 30), position + at);
        at += bytesWritten;
      }
    } catch (error) {
      await this.discard();
      throw await fileError(error, 'write', this.path);
    }
  }

  async close(): Promise<void> {
    if (this.left.size > 0) {
      const names = [...this.left];
      await this.discard();
      throw new WeftError(
        `${this.path} was closed before ${names.length} of its tensors were written: ${someOf(names, 5)}.`,
      );
    }
    try {
      await this.closeFile();
      await this.pending.commit();
    } catch (error) {
      await this.pending.discard();
      throw await fileError(error, 'write', this.path);
    }
  }

  async discard(): Promise<void> {
    await this.closeFile();
    await this.pending.discard();
  }

  private async closeFile(): Promise<void> {
    if (this.open) await this.file.close();
    this.open = false;
  }
}
