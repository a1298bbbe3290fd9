/** A Parquet file with pictures: its columns, its captions and classes, and the pictures of each of its row groups. */
// Tested by test/data/sources/parquet.test.ts.
import type { Compressors, FileMetaData, SchemaTree } from 'hyparquet';
import { someOf } from '../../compiler/diagnostics/counted';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { printable } from '../../compiler/diagnostics/printable';
import { suggest } from '../../compiler/diagnostics/suggest';
import { ownValue } from '../../compiler/own-value';
import { formatBytes, formatTwoSizes, messageOf, reasonOf } from '../../files/file-error';
import { isRecord } from '../../files/record';
import { openToRead } from '../../files/regular-file';
import { readBytes } from '../read-bytes';

/** The columns that a recipe names; those it does not name are found by their usual names. */
export interface ParquetColumns {
  readonly image?: string;
  readonly text?: string;
  readonly label?: string;
}

/** What a row says beside its picture. */
export interface ParquetRow {
  readonly caption: string | null;
  /** The name or number of its class; null for none, or for a number below zero, which says that it is not known. */
  readonly class: string | null;
}

const usual = { image: ['image', 'img'], text: ['text', 'caption', 'prompt'], label: ['label', 'class'] } as const;

/** The most bytes of pictures that a row group may hold, since it is read as a whole, and the most rows of a file. */
const [largestGroup, mostRows] = [1e9, 1e8];

/** The library, loaded once it is needed. */
async function library(): Promise<typeof import('hyparquet') & { readonly compressors: Compressors }> {
  const [parquet, { compressors, decompressZstd }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
  ]);
  const all: Compressors = { ...compressors, ZSTD: (input, length) => decompressZstd(input, new Uint8Array(length)) };
  // What a page unpacks to is stated by the page, and may be anything.
  const limited = Object.entries(all).map(([name, unpack]) => [
    name,
    (input: Uint8Array, length: number): Uint8Array => {
      if (length > largestGroup) throw new Error(`a page says that it unpacks to ${formatBytes(length)}`);
      return unpack(input, length);
    },
  ]);
  return { ...parquet, compressors: Object.fromEntries(limited) };
}

/** A file open to `hyparquet`; it is opened anew for every piece, so that nothing has to be closed. */
interface Bytes {
  readonly byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
}

async function bytesOf(path: string): Promise<Bytes> {
  const file = await openToRead(path);
  const byteLength = await file
    .stat()
    .then(({ size }) => size)
    .finally(() => file.close());
  const slice = async (start: number, end = byteLength): Promise<ArrayBuffer> => {
    if (start < 0 || end > byteLength || start > end)
      throw new Error(`bytes ${start} to ${end} are needed, and there are ${byteLength}`);
    const opened = await openToRead(path);
    try {
      const bytes = await readBytes(path, opened, start, end - start);
      const copy = new ArrayBuffer(bytes.length);
      new Uint8Array(copy).set(bytes);
      return copy;
    } finally {
      await opened.close();
    }
  };
  return { byteLength, slice };
}

/** Opens a file and finds its columns. */
export async function openParquet(path: string, columns: ParquetColumns): Promise<ParquetFile> {
  const file = await bytesOf(path);
  const { parquetMetadataAsync, parquetSchema } = await library();
  try {
    if (file.byteLength < 12) throw new Error(`it has ${file.byteLength} bytes`);
    const metadata = await parquetMetadataAsync(file);
    const { children } = parquetSchema(metadata);
    return new ParquetFile(path, file, metadata, new Columns(path, children, columns));
  } catch (error) {
    if (error instanceof WeftError) throw error;
    throw new WeftError(
      `${path} cannot be read as a Parquet file: ${reasonOf(error)}.`,
      'Download or copy it again, and check that the disk is not full.',
    );
  }
}

/** The columns that are read, and those that are not. */
class Columns {
  readonly image: string;
  readonly text: string | null;
  readonly label: string | null;
  /** The other columns, as a note names them. */
  readonly unread: readonly string[];

  constructor(
    private readonly path: string,
    private readonly all: readonly SchemaTree[],
    named: ParquetColumns,
  ) {
    this.image = this.named('image', named.image, holdsPictures) ?? this.onlyPictures();
    this.text = this.named('text', named.text, isText);
    this.label = this.named('label', named.label, isLabel);
    const read = new Set([this.image, this.text, this.label]);
    this.unread = all.filter(({ element }) => !read.has(element.name)).map(unreadColumn);
  }

  /** The column that the recipe names, or one of a usual name; null if there is none. */
  private named(what: keyof typeof usual, name: string | undefined, fits: (c: SchemaTree) => boolean): string | null {
    const find = (wanted: string): SchemaTree | undefined => this.all.find(({ element }) => element.name === wanted);
    if (name === undefined) {
      const found = usual[what].map(find).find((column) => column && fits(column));
      return found?.element.name ?? null;
    }
    const column = find(name);
    if (!column) {
      const [near] = suggest(name, this.names());
      throw new WeftError(
        `${this.path} has no column ${printable(name)}; it has ${this.listed()}.`,
        near ? `Did you mean ${what}: "${near}"?` : `Name another with ${what}: "…".`,
      );
    }
    if (fits(column)) return name;
    throw new WeftError(
      `The column ${printable(name)} of ${this.path} holds ${contentsOf(column)}; ${wantedIn[what]}.`,
      `The columns are ${this.listed()}.`,
    );
  }

  private onlyPictures(): string {
    const found = this.all.filter(holdsPictures);
    if (found.length === 1) return found[0].element.name;
    throw new WeftError(
      found.length === 0
        ? `${this.path} has no column of pictures; it has ${this.listed()}.`
        : `${this.path} has several columns of pictures, ${someOf(
            found.map(({ element }) => printable(element.name)),
            5,
          )}.`,
      found.length === 0
        ? 'A column of pictures holds the bytes of their files, or {bytes, path} as those of the Hugging Face Hub do.'
        : `Name one of them: image: "${found[0].element.name}".`,
    );
  }

  private names(): string[] {
    return this.all.map(({ element }) => element.name);
  }

  private listed(): string {
    return (
      someOf(
        this.all.map((column) => `${printable(column.element.name)} (${contentsOf(column)})`),
        12,
      ) || 'none'
    );
  }
}

const wantedIn = {
  image: 'pictures are bytes, or {bytes, path}',
  text: 'captions are text',
  label: 'classes are whole numbers or text',
} as const;

/** The column's name, and why it is not read where its name says that it should be. */
function unreadColumn(column: SchemaTree): string {
  const { name } = column.element;
  const meant = (['image', 'text', 'label'] as const).find((what) => usual[what].some((known) => known === name));
  if (meant === undefined || fitsAs[meant](column)) return printable(name);
  return `${printable(name)} (${contentsOf(column)}; ${wantedIn[meant]})`;
}

const fitsAs = { image: holdsPictures, text: isText, label: isLabel } as const;

function isBytes({ element, children }: SchemaTree): boolean {
  return (
    children.length === 0 &&
    element.type === 'BYTE_ARRAY' &&
    !isString(element) &&
    element.repetition_type !== 'REPEATED'
  );
}

function isString({ converted_type: converted, logical_type: logical }: SchemaTree['element']): boolean {
  return converted === 'UTF8' || logical?.type === 'STRING';
}

function holdsPictures(column: SchemaTree): boolean {
  return isBytes(column) || column.children.some((child) => child.element.name === 'bytes' && isBytes(child));
}

function isText({ element, children }: SchemaTree): boolean {
  return children.length === 0 && element.type === 'BYTE_ARRAY' && isString(element);
}

function isLabel(column: SchemaTree): boolean {
  return isText(column) || (column.children.length === 0 && /^INT(32|64)$/.test(column.element.type ?? ''));
}

/** `text`, `{bytes, path}`, `double`. */
function contentsOf(column: SchemaTree): string {
  const { element, children } = column;
  if (children.length > 0) return `{${children.map((child) => printable(child.element.name)).join(', ')}}`;
  if (isText(column)) return 'text';
  return isBytes(column) ? 'bytes' : (element.type ?? 'nothing').toLowerCase();
}

export class ParquetFile {
  /** Names of the classes by number, if the file states them. */
  readonly classes: readonly string[] | null;
  /** Columns that are not read, as a note names them. */
  readonly unread: readonly string[];
  /** The row groups, each with the number of its first row. */
  private readonly groups: readonly { readonly start: number; readonly rows: number }[];

  constructor(
    private readonly path: string,
    private readonly file: Bytes,
    private readonly metadata: FileMetaData,
    private readonly columns: Columns,
  ) {
    this.unread = columns.unread;
    this.classes = columns.label === null ? null : namesOf(metadata, columns.label);
    let start = 0;
    this.groups = metadata.row_groups.map((group) => {
      const rows = Number(group.num_rows);
      const before = start;
      start += rows;
      return { start: before, rows };
    });
    if (!(start <= mostRows) || start > file.byteLength)
      throw new Error(`it says that it has ${start} rows in ${file.byteLength} bytes`);
    for (const at of this.groups.keys()) this.checkGroup(at);
  }

  /** A row group is read as a whole, so its pictures must fit into memory. */
  private checkGroup(at: number): void {
    const { image } = this.columns;
    const chunks = this.metadata.row_groups[at].columns.filter((c) => c.meta_data?.path_in_schema[0] === image);
    const bytes = chunks.reduce((sum, { meta_data: chunk }) => sum + Number(chunk?.total_uncompressed_size ?? 0), 0);
    if (bytes > largestGroup) {
      const [found, limit] = formatTwoSizes(bytes, largestGroup);
      throw new WeftError(
        `Row group ${at} of ${this.path} holds ${found} of pictures; at most ${limit} are read at once.`,
        'Write it with smaller row groups, for instance pyarrow.parquet.write_table(table, path, row_group_size=1000).',
      );
    }
  }

  /** The captions and classes of all rows, in their order; `captions` says whether captions are read. */
  async rows(captions: boolean): Promise<ParquetRow[]> {
    const { text, label } = this.columns;
    const wanted = [label, captions ? text : null].filter((name) => name !== null);
    const rows: ParquetRow[] = [];
    for (const group of this.groups) {
      const found = wanted.length > 0 ? await this.read(wanted, group, true) : [];
      for (let i = 0; i < group.rows; i++) {
        const row = found[i] ?? {};
        rows.push({
          caption: captions && text !== null ? captionOf(ownValue(row, text)) : null,
          class: label === null ? null : this.classOf(ownValue(row, label), group.start + i),
        });
      }
    }
    return rows;
  }

  /** The bytes of a row's picture. */
  async picture(row: number): Promise<Buffer> {
    const at = this.groups.findLastIndex(({ start }) => start <= row);
    const pictures = await this.groupOf(at);
    const value = ownValue(pictures[row - this.groups[at].start] ?? {}, this.columns.image);
    const bytes = isRecord(value) && !(value instanceof Uint8Array) ? value.bytes : value;
    if (bytes instanceof Uint8Array) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const path = isRecord(value) && typeof value.path === 'string' ? value.path : null;
    throw new Error(
      path === null ? 'it has no bytes' : `it has no bytes, only the path ${printable(path)}: embed the pictures`,
    );
  }

  /** The last row groups that were read; images are rendered in the order of rows, two at a time. */
  private readonly kept = new Map<number, Promise<readonly Row[]>>();

  private groupOf(at: number): Promise<readonly Row[]> {
    let rows = this.kept.get(at);
    if (!rows) {
      rows = this.read([this.columns.image], this.groups[at], false);
      this.kept.set(at, rows);
      const [oldest] = this.kept.keys();
      if (this.kept.size > 2) this.kept.delete(oldest);
    }
    return rows;
  }

  private async read(columns: string[], group: { start: number; rows: number }, utf8: boolean): Promise<Row[]> {
    const { parquetReadObjects, compressors } = await library();
    const { file, metadata } = this;
    const [rowStart, rowEnd] = [group.start, group.start + group.rows];
    try {
      return await parquetReadObjects({ file, metadata, columns, rowStart, rowEnd, compressors, utf8 });
    } catch (error) {
      if (error instanceof WeftError) throw error;
      throw new WeftError(
        `${this.path} is damaged: rows ${rowStart} to ${rowEnd - 1} of ${columns.join(' and ')} cannot be read (${messageOf(error)}).`,
        'Download or copy it again.',
      );
    }
  }

  private classOf(value: unknown, row: number): string | null {
    if (value === null || value === undefined) return null;
    if (typeof value === 'string') return value;
    const number = Number(value);
    if (number < 0) return null;
    if (!this.classes) return String(number);
    if (number < this.classes.length) return this.classes[number];
    throw new WeftError(
      `Row ${row} of ${this.path} has the class ${number}, but the file names ${this.classes.length} classes.`,
      'Correct the class of the row, or the names in the description of the file.',
    );
  }
}

type Row = { readonly [column: string]: unknown };

function captionOf(value: unknown): string | null {
  return typeof value === 'string' ? value.trim() : null;
}

/** The names of classes in the description that the `datasets` library writes; null if there are none, or two alike. */
function namesOf({ key_value_metadata: pairs }: FileMetaData, label: string): readonly string[] | null {
  const text = pairs?.find(({ key }) => key === 'huggingface')?.value;
  try {
    const read: unknown = JSON.parse(text ?? 'null');
    const info = isRecord(read) ? read.info : null;
    const features = isRecord(info) ? info.features : null;
    const feature = isRecord(features) ? ownValue(features, label) : null;
    const names: unknown = isRecord(feature) ? feature.names : null;
    if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) return null;
    return new Set(names).size === names.length && names.length > 0 ? names : null;
  } catch {
    return null;
  }
}
