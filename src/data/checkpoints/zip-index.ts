/** The positions of the files in a zip archive, read from its central directory; archives may be larger than 4 GB (zip64). */
import type { FileHandle } from 'node:fs/promises';
import * as zlib from 'node:zlib';
import { formatBytes } from '../../files/file-error';
import { readBytes } from '../read-bytes';
import { FileProblem, Refused } from './problem';

/** One file of an archive. */
export interface ZipEntry {
  readonly name: string;
  /** Compression method; 0 for none. */
  readonly method: number;
  readonly size: number;
  readonly storedSize: number;
  /** Checksum of its contents; 0 if the writer left it out, which torch.save can be told to do. */
  readonly crc: number;
  /** The position of the entry's own header. */
  readonly header: number;
}

const endSignature = 0x06054b50;
const end64Signature = 0x06064b50;
const locator64Signature = 0x07064b50;
const entrySignature = 0x02014b50;
/** A bit of an entry's flags. */
const encryptedFlag = 1;
const localSignature = 0x04034b50;
/** The end record has 22 bytes and a comment of at most 65,535; in zip64 a locator of 20 bytes comes before it. */
const longestEnd = 22 + 65_535 + 20;
/** The longest directory that is read, in bytes: about 400,000 storages. */
const longestDirectory = 32_000_000;
const full16 = 0xffff;
const full32 = 0xffffffff;

/** All entries, by name; an archive with one name twice is refused, since its readers take different ones. */
export async function readZipIndex(path: string, file: FileHandle): Promise<Map<string, ZipEntry>> {
  const { size } = await file.stat();
  const tailStart = Math.max(0, size - longestEnd);
  const tail = Buffer.from(await readBytes(path, file, tailStart, size - tailStart));
  const directory = await locateDirectory(path, file, tail, tailStart);
  if (directory.length > longestDirectory)
    throw new FileProblem(`its list of contents has ${formatBytes(directory.length)}`);
  if (directory.start + directory.length > size) throw new FileProblem('its list of contents lies beyond its end');
  const bytes = Buffer.from(await readBytes(path, file, directory.start, directory.length));
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < directory.count; i++) {
    const { entry, length } = readEntry(bytes, at);
    if (entry.header + entry.storedSize > size) throw new FileProblem(`"${entry.name}" in it lies beyond its end`);
    if (entries.has(entry.name)) throw new FileProblem(`it holds "${entry.name}" twice`);
    entries.set(entry.name, entry);
    at += length;
  }
  return entries;
}

/** The position of a stored entry's bytes, after its own header, whose length can differ from the directory's. */
export async function dataPosition(path: string, file: FileHandle, entry: ZipEntry): Promise<number> {
  const header = Buffer.from(await readBytes(path, file, entry.header, 30));
  if (header.readUInt32LE(0) !== localSignature)
    throw new FileProblem(`"${entry.name}" is not where its list of contents says`);
  return entry.header + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
}

/** Bytes that are read at a time. */
const chunk = 16e6;

/** Refuses a stored entry whose contents, which begin at `position`, do not match its checksum. */
export async function checkContents(path: string, file: FileHandle, entry: ZipEntry, position: number): Promise<void> {
  // Node has this function from 20.15 on.
  if (entry.crc === 0 || !zlib.crc32) return;
  let crc = 0;
  for (let at = 0; at < entry.size; at += chunk) {
    crc = zlib.crc32(await readBytes(path, file, position + at, Math.min(chunk, entry.size - at)), crc);
  }
  if (crc !== entry.crc) throw new FileProblem(`"${entry.name}" in it is not what was written`);
}

interface Directory {
  readonly start: number;
  readonly length: number;
  readonly count: number;
}

async function locateDirectory(path: string, file: FileHandle, tail: Buffer, tailStart: number): Promise<Directory> {
  let end = tail.length - 22;
  while (end >= 0 && tail.readUInt32LE(end) !== endSignature) end--;
  if (end < 0) throw new FileProblem('its end is missing, as when a download stops half-way');
  const small = {
    count: tail.readUInt16LE(end + 10),
    length: tail.readUInt32LE(end + 12),
    start: tail.readUInt32LE(end + 16),
  };
  if (small.count !== full16 && small.length !== full32 && small.start !== full32) return small;
  const locator = end - 20;
  if (locator < 0 || tail.readUInt32LE(locator) !== locator64Signature) return small;
  const at = Number(tail.readBigUInt64LE(locator + 8));
  if (at + 56 > tailStart + tail.length) throw new FileProblem('its list of contents lies beyond its end');
  const record = Buffer.from(await readBytes(path, file, at, 56));
  if (record.readUInt32LE(0) !== end64Signature) throw new FileProblem('its list of contents is damaged');
  return {
    count: Number(record.readBigUInt64LE(32)),
    length: Number(record.readBigUInt64LE(40)),
    start: Number(record.readBigUInt64LE(48)),
  };
}

function readEntry(bytes: Buffer, at: number): { entry: ZipEntry; length: number } {
  if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== entrySignature)
    throw new FileProblem('its list of contents is damaged');
  if (bytes.readUInt16LE(at + 8) & encryptedFlag)
    throw new Refused('encrypted contents', 'which torch.save does not write: the archive was packed again');
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((o) => bytes.readUInt16LE(at + o));
  const extraStart = at + 46 + nameLength;
  if (extraStart + extraLength > bytes.length) throw new FileProblem('its list of contents is damaged');
  const large = largeFields(bytes.subarray(extraStart, extraStart + extraLength));
  /** Values that need more than 32 bits are in the extra field, in this order. */
  const field = (offset: number): number => {
    const value = bytes.readUInt32LE(at + offset);
    return value === full32 ? (large.shift() ?? value) : value;
  };
  const [size, storedSize, header] = [field(24), field(20), field(42)];
  const name = bytes.toString('utf8', at + 46, extraStart);
  const [method, crc] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 16)];
  const entry = { name, method, size, storedSize, crc, header };
  return { entry, length: 46 + nameLength + extraLength + commentLength };
}

/** The 64-bit numbers of the zip64 extra field. */
function largeFields(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length;) {
    const [id, length] = [extra.readUInt16LE(at), extra.readUInt16LE(at + 2)];
    if (id === 1) {
      const fields = extra.subarray(at + 4, at + 4 + length);
      return Array.from({ length: fields.length >> 3 }, (_, i) => Number(fields.readBigUInt64LE(8 * i)));
    }
    at += 4 + length;
  }
  return [];
}
