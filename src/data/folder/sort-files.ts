/** Sorts the files of a folder into pictures and others. A file whose name says nothing is looked into. */
// Tested by test/data/sources/folder.test.ts.
import { join } from 'node:path';
import { isCaptionName } from './captions';
import { isPictureName, kindOfFile } from './file-kind';

export interface SortedFiles {
  readonly pictures: readonly string[];
  /** What is neither a picture nor a caption. */
  readonly others: readonly string[];
}

/** Files looked into at a time. */
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
