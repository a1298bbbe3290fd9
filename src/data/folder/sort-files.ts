/** Sorts the files of a folder into pictures and others. A file without a known ending is opened. */
// Tested by test/data/sources/folder.test.ts.
import { join } from 'node:path';
import { isCaptionName } from './captions';
import { isPictureName, kindOfFile } from './file-kind';

export interface SortedFiles {
  readonly pictures: readonly string[];
  /** Files that are neither pictures nor captions. */
  readonly others: readonly string[];
}

/** Files opened at a time. */
const together = 16;

/** `files` are paths below the folder; both parts keep their order. */
export async function sortFiles(folder: string, files: readonly string[]): Promise<SortedFiles> {
  const unknown = files.filter((name) => !isPictureName(name) && !isCaptionName(name));
  const found = new Set<string>();
  for (let at = 0; at < unknown.length; at += together) {
    const part = unknown.slice(at, at + together);
    const kinds = await Promise.all(part.map((name) => kindOfFile(join(folder, name)).catch(() => null)));
    part.forEach((name, i) => kinds[i] && found.add(name));
  }
  return {
    pictures: files.filter((name) => isPictureName(name) || found.has(name)),
    others: unknown.filter((name) => !found.has(name)),
  };
}
