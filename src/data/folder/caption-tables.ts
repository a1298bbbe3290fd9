/** Tables of captions: `metadata.jsonl` and `metadata.csv` of image folders, and JSON files by picture. */
// Tested by test/data/folder/captions.test.ts.
import { someOf } from '../../compiler/diagnostics/counted';
import { messageOf } from '../../files/file-error';
import { basename, dirname, join, relative } from 'node:path/posix';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { parseCsv } from './csv';
import { readTextFile } from './text-file';
import { isRecord } from '../../files/record';

/** One row of a table: the picture's path below the folder, with or without its ending, and its caption. */
export interface TableCaption {
  readonly picture: string;
  readonly caption: string;
  /** `metadata.jsonl, line 3` */
  readonly where: string;
}

/** Names of the field with the caption; the first that a table has is used. */
const captionFields = ['text', 'caption', 'prompt'] as const;
const mostBytes = 400e6;

/** Whether a file below the folder is such a table. */
export function isCaptionTable(name: string): boolean {
  return /^(metadata\.(jsonl|csv)|(meta|captions?)\w*\.json)$/i.test(basename(name));
}

/** The captions of a table one after another, since it may have millions; `name` is its path below `folder`. */
export async function readCaptionTable(folder: string, name: string): Promise<Iterable<TableCaption>> {
  const text = await readTextFile(join(folder, name), mostBytes);
  const table: Table = { name, folder, beside: dirname(name) };
  const ending = name.slice(name.lastIndexOf('.')).toLowerCase();
  if (ending === '.jsonl') return jsonLines(text, table);
  return ending === '.csv' ? csvRows(text, table) : jsonTable(text, table);
}

interface Table {
  /** Its path below the folder. */
  readonly name: string;
  readonly folder: string;
  /** Its folder below the main folder, in which the pictures that it names lie. */
  readonly beside: string;
}

function* jsonLines(text: string, table: Table): Iterable<TableCaption> {
  for (let at = 0, number = 1; at < text.length; number++) {
    const next = text.indexOf('\n', at);
    const end = next < 0 ? text.length : next;
    const line = text.slice(at, end);
    const where = `${table.name}, line ${number}`;
    if (line.trim() !== '') yield rowCaption(parsed(line, where), table, where);
    at = end + 1;
  }
}

function* csvRows(text: string, table: Table): Iterable<TableCaption> {
  const rows = parseCsv(text);
  let head: readonly string[] | null = null;
  for (let number = 1; ; number++) {
    const cells = nextRow(rows, table.name);
    if (cells === null) return;
    if (head === null) {
      head = cells.map((field) => field.trim());
      continue;
    }
    const where = `${table.name}, row ${number}`;
    if (cells.length !== head.length)
      throw broken(where, `${cells.length} cells, but the table has ${head.length} columns`);
    yield rowCaption(Object.fromEntries(head.map((field, j) => [field, cells[j]])), table, where);
  }
}

function nextRow(rows: Iterator<string[]>, name: string): string[] | null {
  try {
    const { done, value } = rows.next();
    return done ? null : value;
  } catch (error) {
    throw broken(name, messageOf(error));
  }
}

type Fields = { readonly [field: string]: unknown };

/** A row of an image folder's metadata: its picture is in the folder of the table. */
function rowCaption(row: Fields, table: Table, where: string): TableCaption {
  const { file_name: file } = row;
  if (typeof file !== 'string') throw broken(where, `no \`file_name\` (it has ${fieldsOf(row)})`);
  return { picture: pictureAt(file, table), caption: captionOf(row, where), where };
}

/** `{"a.png": "red ring"}`, or `{"a.png": {"caption": "red ring"}}`: pictures by name, with or without ending, or by their whole path. */
function* jsonTable(text: string, table: Table): Iterable<TableCaption> {
  for (const [key, value] of Object.entries(parsed(text, table.name))) {
    const where = `${table.name}, ${key}`;
    const picture = pictureAt(key.replaceAll('\\', '/'), table);
    yield { picture, caption: typeof value === 'string' ? value : captionOf(asFields(value, where), where), where };
  }
}

/** A picture's path below the folder; it begins with `../` if the picture is outside. */
function pictureAt(path: string, { folder, beside }: Table): string {
  return path.startsWith('/') ? relative(folder, path) : join(beside, path);
}

/** Whether a JSON file beside a picture has a caption. */
export function hasCaption(row: Fields): boolean {
  return [...captionFields, 'tags'].some((name) => name in row);
}

/** The caption in a row, or in a JSON file beside a picture. */
export function captionOf(row: Fields, where: string): string {
  const field = captionFields.find((name) => name in row) ?? ('tags' in row ? 'tags' : null);
  if (field === null) throw broken(where, `none of the fields ${captionFields.join(', ')} (it has ${fieldsOf(row)})`);
  const value = row[field];
  if (typeof value === 'string') return value.trim();
  throw broken(where, `\`${field}\` is ${Array.isArray(value) ? 'a list' : typeof value}, not one text`);
}

function parsed(text: string, where: string): Fields {
  try {
    return asFields(JSON.parse(text), where);
  } catch (error) {
    throw error instanceof SyntaxError ? broken(where, error.message) : error;
  }
}

function asFields(value: unknown, where: string): Fields {
  if (isRecord(value)) return value;
  throw broken(where, 'an object was expected');
}

function fieldsOf(row: Fields): string {
  return someOf(Object.keys(row), 8) || 'none';
}

function broken(where: string, why: string): WeftError {
  return new WeftError(
    `The captions in ${where} cannot be read: ${why}.`,
    'A table of captions has a file_name and a text for each picture; docs/data.md shows the forms.',
  );
}
