/**
 * Lists what is in a tar file: POSIX, GNU and older forms. Headers alone are read and data are passed over, so that a file of many
 * gigabytes is listed quickly, and every member is then read where it lies. (Packages that read tar files give no access to a
 * place without reading all that is before it.)
 */
import type { FileHandle } from 'node:fs/promises';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { printable } from '../../compiler/diagnostics/printable';
import { openToRead } from '../../files/regular-file';
import { hiddenName } from '../folder/walk';
import { Window } from './window';

/** A file in a tar file. */
export interface TarMember {
  /** Its path, with forward slashes, never absolute and without `..`. */
  readonly name: string;
  /** Where its bytes begin, and how many they are. */
  readonly at: number;
  readonly size: number;
}

/** The kinds of members that are passed over, in the words of the report. */
export type PassedMember = 'links' | 'devices and pipes' | 'files with holes' | 'names that lead out of the file';

export interface TarReading {
  /** Called for every file; `read` gives its bytes, or the first of them. */
  onMember(member: TarMember, read: (most?: number) => Promise<Uint8Array>): Promise<void>;
  onPassed(kind: PassedMember, name: string): void;
}

const block = 512;
/** The longest record of names and other facts about a member, in bytes. */
const longestFacts = 1 << 20;

/** Goes through a tar file; gives false if it lacks the blocks of zeros that end one, as a file does that was cut between two members. */
export async function readTar(path: string, reading: TarReading): Promise<boolean> {
  const file = await openToRead(path);
  try {
    return await new TarReader(path, await windowOn(path, file), reading).all();
  } finally {
    await file.close();
  }
}

async function windowOn(path: string, file: FileHandle): Promise<Window> {
  return new Window(path, file, (await file.stat()).size);
}

/** What a record before a member says about it. */
interface Facts {
  readonly path?: string;
  readonly size?: number;
  readonly isSparse?: boolean;
}

class TarReader {
  constructor(
    private readonly path: string,
    private readonly window: Window,
    private readonly reading: TarReading,
  ) {}

  async all(): Promise<boolean> {
    const { size } = this.window;
    let facts: Facts = {};
    let at = 0;
    while (at + block <= size) {
      const header = await this.window.read(at, block);
      if (header.every((byte) => byte === 0)) return true;
      this.checkHeader(header, at);
      const type = String.fromCharCode(header[156] || 0x30);
      const isAbout = 'xgLK'.includes(type);
      const length = (isAbout ? null : facts.size) ?? this.numberAt(header, at);
      const data = at + block;
      this.checkRoom(isAbout ? 'a record of names' : (facts.path ?? nameIn(header)), data, length);
      if (isAbout) facts = { ...facts, ...(await this.factsOf(type, data, length)) };
      else {
        await this.take(type, header, { at: data, size: length }, facts);
        facts = {};
      }
      at = data + Math.ceil(length / block) * block;
    }
    if (size < block) throw this.notTar(await this.window.read(0, size), `it has ${size} bytes, less than one header`);
    // What is left is part of a header, or the member before lacks part of the zeros that fill its last block.
    if (at !== size) this.checkRoom(at < size ? 'a header' : 'a member', Math.floor(size / block) * block, block);
    return false;
  }

  private async take(
    type: string,
    header: Uint8Array,
    { at, size }: { readonly at: number; readonly size: number },
    facts: Facts,
  ): Promise<void> {
    const written = facts.path ?? nameIn(header);
    if (type === '5' || written.endsWith('/')) return;
    const name = written.replace(/^(\.\/+)+/, '').replace(/\/{2,}/g, '/');
    if (type === 'S' || facts.isSparse) return this.reading.onPassed('files with holes', name);
    if (type === '1' || type === '2') return this.reading.onPassed('links', name);
    if (type !== '0' && type !== '7') return this.reading.onPassed('devices and pipes', name);
    const parts = name.split('/');
    if (name === '' || name.startsWith('/') || parts.includes('..') || /^[a-z]:[\\/]/i.test(name))
      return this.reading.onPassed('names that lead out of the file', written);
    if (parts.some((part) => hiddenName(part))) return;
    const read = (most = size): Promise<Uint8Array> => this.window.read(at, Math.min(size, most));
    await this.reading.onMember({ name, at, size }, read);
  }

  /** The sum of a header's bytes, its own field taken as spaces; some old programs add them up as signed numbers. */
  private checkHeader(header: Uint8Array, at: number): void {
    let [sum, signed] = [0, 0];
    for (const [i, byte] of header.entries()) {
      const value = i >= 148 && i < 156 ? 32 : byte;
      sum += value;
      signed += value < 128 ? value : value - 256;
    }
    const stated = parseInt(textIn(header, 148, 8).trim(), 8);
    if (stated === sum || stated === signed) return;
    if (at === 0) throw this.notTar(header, 'the checksum of its first header does not fit');
    throw new WeftError(
      `${this.path} is damaged at byte ${at}: the checksum of the header there does not fit.`,
      'Download or copy it again.',
    );
  }

  /** The size in a header: octal digits, or a number in bytes if the first bit is set. */
  private numberAt(header: Uint8Array, at: number): number {
    if ((header[124] & 0x80) === 0) {
      const digits = textIn(header, 124, 12).trim();
      if (/^[0-7]*$/.test(digits)) return parseInt(digits || '0', 8);
    } else if (header[124] === 0x80) {
      const value = header.subarray(125, 136).reduce((sum, byte) => sum * 256 + byte, 0);
      if (Number.isSafeInteger(value)) return value;
    }
    throw new WeftError(
      `${this.path} is damaged at byte ${at}: the size of ${printable(nameIn(header))} is no number.`,
      'Download or copy it again.',
    );
  }

  private checkRoom(name: string, at: number, length: number): void {
    const { size } = this.window;
    if (at + length <= size) return;
    throw new WeftError(
      `${this.path} is cut short: ${printable(name)} at byte ${at} needs ${length} bytes, and ${size - at} are left.`,
      'Download or copy it again, and check that the disk is not full.',
    );
  }

  private async factsOf(type: string, at: number, length: number): Promise<Facts> {
    if (length > longestFacts) {
      throw new WeftError(
        `${this.path} is damaged: the record of a name at byte ${at} has ${length} bytes; at most ${longestFacts} are read.`,
        'Pack the files again.',
      );
    }
    const bytes = await this.window.read(at, length);
    if (type === 'L') return { path: textIn(bytes, 0, length) };
    return type === 'x' ? this.extended(bytes, at) : {};
  }

  /** The records `LENGTH KEY=VALUE\n` of a POSIX header. */
  private extended(bytes: Uint8Array, start: number): Facts {
    const facts: { path?: string; size?: number; isSparse?: boolean } = {};
    for (let at = 0; at < bytes.length;) {
      const [, digits] = /^(\d{1,7}) /.exec(latin(bytes.subarray(at, at + 8))) ?? [];
      const end = at + Number(digits ?? NaN);
      const record = bytes.subarray(at + (digits?.length ?? 0) + 1, end - 1);
      const equals = record.indexOf(0x3d);
      if (digits === undefined || end > bytes.length || equals < 0) {
        throw new WeftError(
          `${this.path} is damaged at byte ${start + at}: the facts of a member cannot be read.`,
          'Download or copy it again.',
        );
      }
      const [key, value] = [latin(record.subarray(0, equals)), utf8(record.subarray(equals + 1))];
      if (key === 'path') facts.path = value;
      if (key === 'size') facts.size = this.stated(value, start + at);
      if (key.startsWith('GNU.sparse.')) facts.isSparse = true;
      at = end;
    }
    return facts;
  }

  private stated(value: string, at: number): number {
    if (/^\d{1,15}$/.test(value)) return Number(value);
    throw new WeftError(
      `${this.path} is damaged at byte ${at}: ${printable(value)} is no size.`,
      'Download or copy it again.',
    );
  }

  private notTar(start: Uint8Array, why: string): WeftError {
    const [kind, hint] = kindOf(start) ?? [null, 'Check the path; `tar -tf` lists what is in a tar file.'];
    return new WeftError(`${this.path} is not a tar file: ${kind ? `it is ${kind}` : why}.`, hint);
  }
}

/** Files that are often taken for tar files, by their first bytes. */
function kindOf(start: Uint8Array): [kind: string, hint: string] | null {
  const text = latin(start.subarray(0, 8));
  const unpack = 'A picture in the middle of it cannot be read by itself. Unpack it once:';
  if (text.startsWith('\x1f\x8b')) return ['compressed with gzip', `${unpack} gunzip FILE.tar.gz.`];
  if (text.startsWith('\x28\xb5\x2f\xfd')) return ['compressed with zstd', `${unpack} unzstd FILE.tar.zst.`];
  if (text.startsWith('BZh')) return ['compressed with bzip2', `${unpack} bunzip2 FILE.tar.bz2.`];
  if (text.startsWith('\xfd7zXZ')) return ['compressed with xz', `${unpack} unxz FILE.tar.xz.`];
  if (text.startsWith('PK')) return ['a zip file', 'Unpack it, and train on folder("…").'];
  if (text.startsWith('PAR1')) return ['a Parquet file', 'Write parquet("…").'];
  return null;
}

/** The name in a header, in two parts in the POSIX form. */
function nameIn(header: Uint8Array): string {
  const name = textIn(header, 0, 100);
  const prefix = textIn(header, 257, 6) === 'ustar' && header[262] === 0 ? textIn(header, 345, 155) : '';
  return prefix ? `${prefix}/${name}` : name;
}

/** The text in a field, up to its first zero. */
function textIn(bytes: Uint8Array, at: number, length: number): string {
  const field = bytes.subarray(at, at + length);
  const end = field.indexOf(0);
  return utf8(end < 0 ? field : field.subarray(0, end));
}

const utf8 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
