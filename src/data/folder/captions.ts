/** Finds the captions of the pictures in a folder: in files beside them, and in tables. */
import { join } from 'node:path/posix';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { captionOf, hasCaption, isCaptionTable, readCaptionTable } from './caption-tables';
import { readTextFile } from './text-file';
import { isRecord } from '../../files/record';

/** Files that may hold captions, by their paths below the folder. */
export interface CaptionFiles {
  /** Paths of `NAME.txt`, `NAME.caption`, `NAME.png.txt`, `NAME.json`, by the part of the name that they share with the picture. */
  readonly beside: ReadonlyMap<string, readonly string[]>;
  readonly tables: readonly string[];
}

export interface Captions {
  /** By picture; pictures without a caption are absent. */
  readonly captions: ReadonlyMap<string, string>;
  /** Files and rows of captions whose pictures do not exist. */
  readonly unused: readonly string[];
  /** Rows of tables that name a picture outside of the folder; these pictures are not searched for. */
  readonly outside: readonly string[];
  /** JSON files beside pictures that have no captions. */
  readonly wordless: readonly string[];
}

const beside = /\.(txt|caption|json)$/i;
/** A larger file is not a caption, in bytes. */
export const mostBytes = 1e6;

/** Whether a file's name says that it may hold captions. */
export function isCaptionName(name: string): boolean {
  return beside.test(name) || isCaptionTable(name);
}

export function captionFiles(files: readonly string[]): CaptionFiles {
  const found = new Map<string, string[]>();
  for (const name of files) {
    if (!beside.test(name) || isCaptionTable(name)) continue;
    const stem = oneSpelling(name.replace(beside, ''));
    found.set(stem, [...(found.get(stem) ?? []), name]);
  }
  return { beside: found, tables: files.filter(isCaptionTable) };
}

/** The names under which a picture's captions are searched for: `a/b` and `a/b.png` for `a/b.png`. */
function stemsOf(picture: string): readonly string[] {
  return [picture.replace(/\.[^./]*$/, ''), picture].map(oneSpelling);
}

/** File names from a Mac write `ü` as two characters, tables usually as one. */
function oneSpelling(path: string): string {
  return path.normalize('NFC');
}

/** Pictures that have no file of captions beside them. */
export function withoutCaption(pictures: readonly string[], { beside: found }: CaptionFiles): string[] {
  return pictures.filter((name) => !stemsOf(name).some((stem) => found.has(stem)));
}

/** Reads all captions. Two different captions for one picture are an error, because it is unknown which one is meant. */
export async function readCaptions(
  folder: string,
  pictures: readonly string[],
  files: CaptionFiles,
): Promise<Captions> {
  const found = new FoundCaptions();
  const used = new Set<string>();
  const wordless: string[] = [];
  for (const picture of pictures) {
    for (const file of stemsOf(picture).flatMap((stem) => files.beside.get(stem) ?? [])) {
      used.add(file);
      const caption = await readBeside(folder, file);
      if (caption === null) wordless.push(file);
      else found.add(picture, caption, file);
    }
  }
  const unused = [...files.beside.values()].flat().filter((file) => !used.has(file));
  const outside: string[] = [];
  const byName = picturesByName(pictures);
  for (const table of files.tables) {
    for (const { picture, caption, where } of await readCaptionTable(folder, table)) {
      const meant = byName.get(oneSpelling(picture)) ?? [];
      if (picture.startsWith('../')) outside.push(`${picture} (${where})`);
      else if (meant.length === 0) unused.push(`${picture} (${where})`);
      for (const one of meant) found.add(one, caption, where);
    }
  }
  return { captions: found.captions, unused, outside, wordless };
}

/** Captions by picture; two that differ are an error. */
export class FoundCaptions {
  readonly captions = new Map<string, string>();
  private readonly where = new Map<string, string>();

  add(picture: string, caption: string, where: string): void {
    const before = this.captions.get(picture);
    if (before !== undefined && before !== caption) {
      throw new WeftError(
        `${picture} has two captions that differ: "${brief(before)}" in ${this.where.get(picture)} and "${brief(caption)}" in ${where}.`,
        'Keep one of them.',
      );
    }
    this.captions.set(picture, caption);
    this.where.set(picture, where);
  }
}

function brief(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}

async function readBeside(folder: string, file: string): Promise<string | null> {
  return captionIn(file, await readTextFile(join(folder, file), mostBytes));
}

/** The caption in the text of a file beside a picture; null for JSON that has none. */
export function captionIn(file: string, text: string): string | null {
  if (!/\.json$/i.test(file)) return text.trim();
  try {
    const fields: unknown = JSON.parse(text);
    return isRecord(fields) && hasCaption(fields) ? captionOf(fields, file) : null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new WeftError(`${file} is not JSON: ${error.message}.`, 'Mend it, or take it away from the pictures.');
  }
}

/** Pictures by their paths, with and without endings. */
function picturesByName(pictures: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const picture of pictures) {
    for (const name of stemsOf(picture)) names.set(name, [...(names.get(name) ?? []), picture]);
  }
  return names;
}
