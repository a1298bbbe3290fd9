/** Several arrays in a file, as np.savez and np.savez_compressed write them (`.npz`): a zip archive with a `.npy` file for each. */
import type { FileHandle } from 'node:fs/promises';
import { gzipSync, inflateRawSync } from 'node:zlib';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { someOf } from '../compiler/diagnostics/counted';
import { printable } from '../compiler/diagnostics/printable';
import { writeFileAtomic } from '../files/atomic';
import { formatTwoSizes } from '../files/file-error';
import { openToRead } from '../files/regular-file';
import { checkContents, dataPosition, readZipIndex, type ZipEntry } from './checkpoints/zip-index';
import { FileProblem, Refused } from './checkpoints/problem';
import { decodedNpy, npyBytes, npyHeader } from './npy';
import { readBytes } from './read-bytes';

export interface NpzArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

/** The arrays of an open file. */
export interface NpzReader {
  /** Names without `.npy`. */
  readonly names: readonly string[];
  /** Floats of an array of at most 1 GB; throws if there is none of that name, or if it holds something else. */
  read(name: string): Promise<NpzArray>;
  close(): Promise<void>;
}

/** The largest array that is read, in bytes: a covariance of 8,192 features has half of it. */
const largest = 2 ** 30;
const [stored, deflated] = [0, 8];

/** Opens a file; close it after use. */
export async function openNpz(path: string): Promise<NpzReader> {
  const file = await openToRead(path);
  try {
    const index = await about(path, () => readZipIndex(path, file));
    const entries = new Map([...index].flatMap(([name, e]) => (name.endsWith('.npy') ? [[name.slice(0, -4), e]] : [])));
    const names = [...entries.keys()];
    if (names.length === 0)
      throw new WeftError(
        `${path} is a zip archive without NumPy arrays: it has ${someOf([...index.keys()].map(printable), 3) || 'nothing'}.`,
        'Files of np.savez have a .npy file for each array.',
      );
    return {
      names,
      read: async (name) => {
        const entry = entries.get(name);
        if (!entry)
          throw new WeftError(`${path} has no array "${name}".`, `It has ${someOf(names.map(printable), 8)}.`);
        return about(path, () => readArray(path, file, entry));
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readArray(path: string, file: FileHandle, entry: ZipEntry): Promise<NpzArray> {
  if (entry.size > largest || entry.storedSize > largest) {
    const [found, limit] = formatTwoSizes(Math.max(entry.size, entry.storedSize), largest);
    throw new Problem(`the array "${entry.name}" has ${found}; at most ${limit} are read`);
  }
  if (entry.method !== stored && entry.method !== deflated)
    throw new Problem(`"${entry.name}" in it is packed by method ${entry.method}, which NumPy does not use`);
  const position = await dataPosition(path, file, entry);
  if (entry.method === stored) await checkContents(path, file, entry, position);
  const packed = Buffer.from((await readBytes(path, file, position, entry.storedSize)).buffer);
  const bytes = entry.method === stored ? packed : inflated(entry, packed);
  try {
    const header = await npyHeader(bytes.length, (at, length) => bytes.subarray(at, at + length));
    return { shape: header.shape, data: decodedNpy(bytes.subarray(header.start), header) };
  } catch (error) {
    throw new Problem(`of the array "${entry.name}": ${(error as Error).message}`);
  }
}

function inflated({ name, size, crc }: ZipEntry, packed: Buffer): Buffer {
  const problem = (why: string): Problem => new Problem(`"${name}" in it is not what was written: ${why}`);
  try {
    const bytes = inflateRawSync(packed, { maxOutputLength: size });
    if (bytes.length === size && crc32(bytes) === crc) return bytes;
  } catch (error) {
    throw problem((error as Error).message);
  }
  throw problem('its checksum is another');
}

class Problem extends Error {}

/** Says which file is damaged. */
async function about<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Problem || error instanceof FileProblem || error instanceof Refused)) throw error;
    throw new WeftError(
      `${path} is not a sound .npz file: ${printable(error.message)}.`,
      'Download or write it again, with np.savez or np.savez_compressed.',
    );
  }
}

/** Writes arrays as np.savez does; together they have less than 4 GB. */
export async function writeNpz(path: string, arrays: { readonly [name: string]: NpzArray }): Promise<void> {
  const files = Object.entries(arrays).map(([name, { shape, data }]) => ({
    name: Buffer.from(`${name}.npy`),
    bytes: npyBytes(shape, data),
  }));
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, bytes } of files) {
    const facts = entryFacts(name, bytes);
    parts.push(Buffer.concat([word(0x04034b50), facts, name]), bytes);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([word(0x02014b50), half(20), facts, place.subarray(0, 10), place.subarray(10), name]));
    at += 30 + name.length + bytes.length;
  }
  const listed = Buffer.concat(directory);
  const counts = Buffer.concat([half(0), half(0), half(files.length), half(files.length)]);
  const end = Buffer.concat([word(0x06054b50), counts, word(listed.length), word(at), half(0)]);
  await writeFileAtomic(path, Buffer.concat([...parts, listed, end]));
}

/** What the header of a file and the list of contents both say: version, flags, method, time, checksum, sizes, length of the name. */
function entryFacts(name: Buffer, bytes: Buffer): Buffer {
  // The first of January 1980, so that equal arrays give equal files.
  const time = word(0x0021_0000);
  const sizes = [word(crc32(bytes)), word(bytes.length), word(bytes.length)];
  return Buffer.concat([half(20), half(0), half(stored), time, ...sizes, half(name.length), half(0)]);
}

/** The checksum of zip archives, which gzip puts before the length at the end of its own; Node has a function for it from 20.15 on. */
function crc32(bytes: Buffer): number {
  const packed = gzipSync(bytes, { level: 0 });
  return packed.readUInt32LE(packed.length - 8);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function half(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
