/** The header of a safetensors file: read, checked against the file's size, and written. */
// Tested by test/data/safetensors.test.ts.
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { formatTwoSizes, messageOf } from '../../files/file-error';
import { cutShort } from '../read-bytes';
import { printable } from '../../compiler/diagnostics/printable';
import { checkJsonSize, mostItemsOfOne } from './json-size';
import { bitsOf } from './dtypes';
import { repeatedKey } from './repeated-key';
import { isRecord, isTextRecord } from '../../files/record';

/** One tensor of a file. `begin` and `end` are bytes from the start of the file. */
export interface StoredTensor {
  /** The name in the file. Not all types can be read, which matters only when numbers are requested. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly metadata: { readonly [key: string]: string };
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** The format's own limit on the header, 100 MB. */
export const formatLimit = 100_000_000;

/** The longest header that is read, in bytes; one of 100,000 tensors takes about 15 MB. */
export const longestHeader = 50_000_000;

/** Parses and checks the header of a file of `size` bytes; the tensors' bytes must fill the rest exactly. */
export function parseHeader(path: string, text: Uint8Array, size: number): Header {
  const start = 8 + text.length;
  const entries = Object.entries(parseJson(path, text));
  const tensors = new Map<string, StoredTensor>();
  let metadata: Header['metadata'] = {};
  for (const [name, entry] of entries) {
    if (name === '__metadata__') metadata = checkMetadata(path, entry);
    else tensors.set(name, checkTensor(path, name, entry, start));
  }
  checkLayout(path, tensors, start, size);
  return { metadata, tensors };
}

function parseJson(path: string, text: Uint8Array): object {
  checkJsonSize(text, { deepest: 64, mostTables: 3 * mostItemsOfOne }, (why) => broken(path, `its header ${why}`));
  let header: unknown;
  let decoded: string;
  try {
    decoded = new TextDecoder('utf-8', { fatal: true }).decode(text);
    header = JSON.parse(decoded);
  } catch (error) {
    throw broken(path, `its header of ${text.length} bytes is not JSON (${printable(messageOf(error))})`);
  }
  const twice = repeatedKey(decoded);
  if (twice !== null) throw broken(path, `its header has "${printable(twice)}" twice`);
  if (!isRecord(header)) throw broken(path, 'its header is not a table of tensors');
  return header;
}

function checkMetadata(path: string, entry: unknown): Header['metadata'] {
  if (entry === null) return {};
  if (!isTextRecord(entry)) throw broken(path, 'the "__metadata__" of its header is not a table of strings');
  return entry;
}

function checkTensor(path: string, name: string, entry: unknown, start: number): StoredTensor {
  const fail = (why: string) => broken(path, `the header's entry for the tensor "${printable(name)}" ${why}`);
  if (!isRecord(entry)) throw fail('is not a table of dtype, shape and data_offsets');
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string') throw fail('has no dtype');
  if (!isSizes(shape))
    throw fail(`has the shape ${printable(String(JSON.stringify(shape)))}, which is not a list of sizes`);
  if (!isSizes(offsets) || offsets.length !== 2)
    throw fail(`has data_offsets ${printable(String(JSON.stringify(offsets)))}; two byte positions are needed`);
  const [begin, end] = offsets;
  if (end < begin) throw fail(`has data_offsets from ${begin} back to ${end}`);
  const bits = bitsOf(dtype);
  const bytes = shape.reduce((a, b) => a * b, bits ?? 0) / 8;
  if (bits !== null && end - begin !== bytes) {
    const sum = `${[...shape, bits / 8].join(' x ')} = ${bytes}`;
    throw fail(
      `is ${dtype} [${shape.join(', ')}], so needs ${sum} bytes, but takes ${end - begin} (${begin} to ${end})`,
    );
  }
  return { dtype, shape, begin: start + begin, end: start + end };
}

/** Checks that no two tensors share bytes, no bytes are unused, and the file has the right length. */
function checkLayout(path: string, tensors: Header['tensors'], start: number, size: number): void {
  const order = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  const last = order.reduce((end, [, t]) => Math.max(end, t.end), start);
  if (last > size) throw cutShort(path, size, last, true);
  let [at, before] = [start, ''];
  for (const [name, { begin, end }] of order) {
    if (begin < at)
      throw broken(
        path,
        `the tensors "${printable(before)}" and "${printable(name)}" share ${at - begin} of its bytes`,
      );
    if (begin > at)
      throw broken(path, `${begin - at} bytes before the tensor "${printable(name)}" belong to no tensor`);
    [at, before] = [end, name];
  }
  if (at < size) throw broken(path, `${size - at} bytes at its end belong to no tensor`);
}

/** The bytes before the tensors: length and JSON, padded with spaces so that data starts at a multiple of 8. */
export function formatHeader(header: Header): Uint8Array {
  const start = [...header.tensors.values()].reduce((least, t) => Math.min(least, t.begin), Infinity);
  const entries = [...header.tensors].map(([name, { dtype, shape, begin, end }]) => [
    name,
    { dtype, shape, data_offsets: [begin - start, end - start] },
  ]);
  const metadata = Object.keys(header.metadata).length > 0 ? [['__metadata__', header.metadata]] : [];
  const json = Buffer.from(JSON.stringify(Object.fromEntries([...metadata, ...entries])));
  const length = Math.ceil(json.length / 8) * 8;
  if (length > longestHeader) {
    const [found, limit] = formatTwoSizes(length, longestHeader);
    throw new WeftError(
      `The header of ${header.tensors.size} tensors takes ${found}; at most ${limit} are read.`,
      'Shorten the metadata.',
    );
  }
  const bytes = Buffer.alloc(8 + length, ' ');
  bytes.writeBigUInt64LE(BigInt(length));
  json.copy(bytes, 8);
  return bytes;
}

/** The error for a damaged file. */
export function broken(path: string, why: string): WeftError {
  return new WeftError(`${path} is not a sound safetensors file: ${why}.`, 'Download or write it again.');
}

function isSizes(x: unknown): x is number[] {
  return Array.isArray(x) && x.every((n) => Number.isSafeInteger(n) && n >= 0);
}
