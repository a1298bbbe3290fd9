/** Arrays in NumPy's format (`.npy`): floats of 16, 32 and 64 bits are read, of 32 bits written. */
import type { FileHandle } from 'node:fs/promises';
import * as z from 'zod';
import { writeFileAtomic } from '../files/atomic';
import { openToRead } from '../files/regular-file';
import { fromFloat16 } from '../compiler/ir/half';

/** The description of a file's array; its values are stored row by row. */
export interface NpyHeader {
  readonly shape: readonly number[];
  readonly bytes: 2 | 4 | 8;
  readonly bigEndian: boolean;
  /** The position of the first value, in bytes. */
  readonly start: number;
}

const longestHeader = 1e6;
const headerText = z.object({
  descr: z.string(),
  fortran_order: z.boolean(),
  shape: z.array(z.int().min(0)),
});

/** The header of a file. Throws an Error that says what is wrong with it. */
export async function readNpyHeader(path: string): Promise<NpyHeader> {
  const file = await openToRead(path);
  try {
    return await headerOf(file);
  } finally {
    await file.close();
  }
}

/** `wanted` values of a file, beginning with number `from`. */
export async function readNpy(path: string, header: NpyHeader, from: number, wanted: number): Promise<Float32Array> {
  const file = await openToRead(path);
  try {
    const raw = Buffer.alloc(wanted * header.bytes);
    const { bytesRead } = await file.read(raw, 0, raw.length, header.start + from * header.bytes);
    if (bytesRead !== raw.length) throw new Error('the file is cut short');
    return decoded(raw, header);
  } finally {
    await file.close();
  }
}

/** Writes floats as np.save does. */
export async function writeNpy(
  path: string,
  { shape, data }: { readonly shape: readonly number[]; readonly data: Float32Array },
): Promise<void> {
  await writeFileAtomic(path, npyBytes(shape, data));
}

/** The bytes of an array as np.save writes it. */
export function npyBytes(shape: readonly number[], data: Float32Array | Float64Array): Buffer {
  const descr = data instanceof Float64Array ? '<f8' : '<f4';
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const header = Buffer.from(`${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`);
  const start = Buffer.from('\x93NUMPY\x01\0\0\0', 'latin1');
  start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
}

async function headerOf(file: FileHandle): Promise<NpyHeader> {
  const { size } = await file.stat();
  return npyHeader(size, async (at, length) => {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await file.read(bytes, 0, length, at);
    return bytes.subarray(0, bytesRead);
  });
}

/** The header of `size` bytes, of which `read` gives some; fewer where they end. Throws an Error that says what is wrong with it. */
export async function npyHeader(
  size: number,
  read: (at: number, length: number) => Promise<Buffer> | Buffer,
): Promise<NpyHeader> {
  const start = await read(0, 12);
  if (start.length < 12 || start.toString('latin1', 0, 6) !== '\x93NUMPY') throw new Error('it is not a NumPy array');
  const isLong = start[6] >= 2;
  const [length, at] = isLong ? [start.readUInt32LE(8), 12] : [start.readUInt16LE(8), 10];
  if (length > longestHeader) throw new Error(`its header has ${length} bytes`);
  const { descr, fortran_order: byColumns, shape } = parsed((await read(at, length)).toString('latin1'));
  const type = /^([<>=|])f([248])$/.exec(descr);
  if (!type) throw new Error(`its numbers are of the type ${descr}, not floats (f2, f4, f8)`);
  if (byColumns && shape.length > 1) throw new Error('it is stored by columns; save np.ascontiguousarray(x)');
  const bytes: NpyHeader['bytes'] = type[2] === '2' ? 2 : type[2] === '4' ? 4 : 8;
  const header = { shape, bytes, bigEndian: type[1] === '>', start: at + length };
  const whole = header.start + shape.reduce((a, b) => a * b, header.bytes);
  if (size < whole)
    throw new Error(`the file is cut short: its [${shape.join(', ')}] numbers need ${whole} bytes, it has ${size}`);
  if (size > whole) throw new Error(`its [${shape.join(', ')}] numbers end at ${whole} bytes, but it has ${size}`);
  return header;
}

/** `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }` is a dictionary of Python. */
function parsed(text: string): z.infer<typeof headerText> {
  const json = text
    .replaceAll("'", '"')
    .replace(/\bTrue\b/g, 'true')
    .replace(/\bFalse\b/g, 'false')
    .replace(/\(([^()]*?),?\s*\)/, '[$1]')
    .replace(/,\s*}/, '}');
  try {
    return headerText.parse(JSON.parse(json));
  } catch {
    throw new Error(`its header cannot be read: ${text.trim().slice(0, 80)}`);
  }
}

function decoded(raw: Buffer, header: NpyHeader): Float32Array {
  const values = decodedNpy(raw, header);
  return values instanceof Float64Array ? Float32Array.from(values) : values;
}

/** Numbers of an array; doubles stay doubles. The bytes may be changed. */
export function decodedNpy(raw: Buffer, { bytes, bigEndian }: NpyHeader): Float32Array | Float64Array {
  if (bigEndian) {
    if (bytes === 2) raw.swap16();
    else if (bytes === 4) raw.swap32();
    else raw.swap64();
  }
  const values = raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length);
  if (bytes === 2) return fromFloat16(new Uint16Array(values));
  return bytes === 4 ? new Float32Array(values) : new Float64Array(values);
}
