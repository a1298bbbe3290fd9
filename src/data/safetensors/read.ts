/** Reads safetensors files tensor by tensor, by offset: single files, index files of shards, and folders of either. */
// Tested by test/data/safetensors.test.ts.
import { someOf } from '../../compiler/diagnostics/counted';
import { readdir, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { requirePath } from '../../compiler/diagnostics/require-kind';
import { printable } from '../../compiler/diagnostics/printable';
import { suggest } from '../../compiler/diagnostics/suggest';
import { codeOf, fileError, formatTwoSizes } from '../../files/file-error';
import { openToRead } from '../../files/regular-file';
import { cutShort, readBytes } from '../read-bytes';
import type { HostTensor } from '../../backends/session';
import { decode, isStoredDType, unreadable, type DecodedTensor, type ReadOptions } from './dtypes';
import { recognise } from './foreign';
import { broken, formatLimit, longestHeader, parseHeader, type Header, type StoredTensor } from './header';
import { unknownTensor, type SafetensorsReader } from './reader';
import { isIndexName, openShards } from './shards';
import { changeOf, splitSums, sumOf, type TensorSums } from './sums';

/** Reads every tensor into memory, and verifies the checksums that `writeSafetensors` has put there. */
export async function readSafetensors(path: string): Promise<Map<string, HostTensor>> {
  const reader = await openSafetensors(path);
  try {
    const tensors = new Map<string, HostTensor>();
    for (const name of reader.names) tensors.set(name, await reader.read(name));
    return tensors;
  } finally {
    await reader.close();
  }
}

/** Reads every tensor into memory. A tensor that cannot be read is refused only when its numbers are requested. */
export async function readAsNeeded(path: string): Promise<{ [name: string]: HostTensor }> {
  const reader = await openSafetensors(path);
  try {
    const tensors = new Map<string, HostTensor>();
    for (const name of reader.names) {
      tensors.set(
        name,
        await reader.read(name).catch((error: unknown) => refusedLater(reader.info(name).shape, error)),
      );
    }
    // This also keeps a tensor called `__proto__`.
    return Object.fromEntries(tensors);
  } finally {
    await reader.close();
  }
}

function refusedLater(shape: readonly number[], error: unknown): HostTensor {
  if (!(error instanceof WeftError)) throw error;
  return {
    shape,
    dtype: 'f32',
    get data(): never {
      throw error;
    },
  };
}

/**
 * Opens a `.safetensors` file, a `.index.json` of shards, or a folder with one of these or with several files. Throws a `WeftError` for a
 * file that is none or is damaged.
 */
export async function openSafetensors(path: string): Promise<SafetensorsReader> {
  requirePath(path);
  const found = await stat(path).catch(async (error: unknown) => {
    if (codeOf(error) === 'ENOENT') throw await missingFile(path);
    throw await fileError(error, 'read', path);
  });
  if (found.isDirectory()) return openFolder(path);
  return isIndexName(path) ? openShards(path, openFile) : openFile(path);
}

async function openFolder(path: string): Promise<SafetensorsReader> {
  const names = (
    await readdir(path).catch(async (error: unknown) => Promise.reject(await fileError(error, 'read', path)))
  ).sort();
  const indexes = names.filter((n) => isIndexName(n) && n.includes('.safetensors.'));
  const files = names.filter((n) => n.endsWith('.safetensors'));
  if (indexes.length === 1) return openShards(join(path, indexes[0]), openFile);
  if (indexes.length === 0 && files.length === 1) return openFile(join(path, files[0]));
  const several = indexes.length > 0 ? indexes : files;
  const shown = someOf(several.map(printable), 8);
  throw new WeftError(
    several.length > 0
      ? `The folder ${path} holds ${several.length} sets of weights: ${shown}.`
      : `The folder ${path} holds no .safetensors file.`,
    several.length > 0 ? 'Name one of them.' : 'Name the file, or the folder that holds it.',
  );
}

async function openFile(path: string): Promise<SafetensorsReader> {
  const file = await openToRead(path);
  try {
    return new FileReader(path, file, await readHeader(path, file));
  } catch (error) {
    await file.close();
    throw await fileError(error, 'read', path);
  }
}

async function readHeader(path: string, file: FileHandle): Promise<Header> {
  const { size } = await file.stat();
  const start = await readBytes(path, file, 0, Math.min(size, 64));
  if (size === 0) throw broken(path, 'it is empty');
  const length = size < 8 ? null : Buffer.from(start).readBigUInt64LE(0);
  const begins = beginsWithTable(start.subarray(8));
  if (length === null || !begins || length > longestHeader) {
    const other = recognise(start);
    if (other) throw new WeftError(`${path} is not a safetensors file but ${other.what}.`, other.fix);
    if (length === null) throw broken(path, `it has only ${size} bytes`);
    if (!begins) throw broken(path, 'it does not begin with a header');
    const isTooLong = length > formatLimit;
    const [found, limit] = formatTwoSizes(Number(length), isTooLong ? formatLimit : longestHeader);
    const most = isTooLong ? `the format allows ${limit}` : `at most ${limit} are read`;
    throw broken(path, `its header would be ${found} long; ${most}`);
  }
  const end = 8 + Number(length);
  if (end > size) throw cutShort(path, size, end);
  return parseHeader(path, await readBytes(path, file, 8, Number(length)), size);
}

/** Whether JSON of a table may begin with this text; white space before it is allowed. */
function beginsWithTable(text: Uint8Array): boolean {
  return /^[ \t\r\n]*(\{|$)/.test(Buffer.from(text).toString('latin1'));
}

class FileReader implements SafetensorsReader {
  readonly metadata: Header['metadata'];
  readonly remark?: string;
  private readonly sums: TensorSums;
  private held: readonly string[] | null = null;

  constructor(
    readonly path: string,
    private readonly file: FileHandle,
    private readonly header: Header,
  ) {
    const { sums, others } = splitSums(header.metadata);
    this.metadata = others;
    this.sums = sums;
    const lost = Object.keys(sums).find((name) => !header.tensors.has(name));
    if (lost !== undefined)
      throw broken(path, `it was written with a tensor "${printable(lost)}" that it does not hold`);
    const change = changeOf(header, sums);
    if (change === 'tensors') throw broken(path, 'its tensors have other types or shapes than those that were written');
    if (change === 'metadata')
      this.remark =
        'its metadata (names of classes, conventions, hyper-parameters) are not those that were written: ' +
        'they were changed, or are damaged; if nobody changed them, take the file from a copy';
  }

  get names(): readonly string[] {
    return (this.held ??= [...this.header.tensors.keys()]);
  }

  info(name: string): ReturnType<SafetensorsReader['info']> {
    const { dtype, shape, begin, end } = this.entry(name);
    return { dtype, shape, bytes: end - begin };
  }

  async read(name: string, options: ReadOptions = {}): Promise<DecodedTensor> {
    const { dtype, shape, begin, end } = this.entry(name);
    if (!isStoredDType(dtype)) throw unreadable(this.path, name, `of the type ${dtype}`);
    const bytes = await readBytes(this.path, this.file, begin, end - begin);
    if (Object.hasOwn(this.sums, name) && this.sums[name] !== sumOf(bytes))
      throw broken(this.path, `its tensor "${printable(name)}" is not what was written`);
    return decode(name, { dtype, shape }, bytes, options);
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private entry(name: string): StoredTensor {
    return this.header.tensors.get(name) ?? unknownTensor(this.path, name, this.names);
  }
}

async function missingFile(path: string): Promise<WeftError> {
  const folder = dirname(path);
  const beside = await readdir(folder).catch(() => null);
  if (!beside) return new WeftError(`${path} does not exist, nor does its folder.`, 'Check the path.');
  const near = suggest(basename(path), beside);
  const others = beside.filter((n) => n.endsWith('.safetensors')).sort();
  const fix =
    near.length > 0
      ? `Did you mean ${near.map((n) => join(folder, n)).join(' or ')}?`
      : others.length > 0
        ? `That folder has: ${someOf(others.map(printable), 8)}.`
        : 'Check the path; that folder has no .safetensors file.';
  return new WeftError(`${path} does not exist.`, fix);
}
