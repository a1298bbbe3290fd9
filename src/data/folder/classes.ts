/** The classes of a folder of pictures: its subfolders, in a defined order. */
import { counted } from '../../compiler/diagnostics/counted';
import { basename, join } from 'node:path';
import { WeftError } from '../../compiler/diagnostics/diagnostic';

/** Names of subfolders that are usually parts of a data set. */
const trained = /^(train|training)$/i;
const judged = /^(val|valid|validation|test|testing|dev|eval)$/i;
const parts = (name: string): boolean => trained.test(name) || judged.test(name);

/** Names of classes by number. If all names are whole numbers, they are sorted by value, otherwise by letters. */
export function classOrder(names: readonly string[]): string[] {
  const numbered = names.every((name) => /^\d+$/.test(name));
  const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...names].sort((a, b) => (numbered && Number(a) - Number(b)) || byName(a, b));
}

/** Refuses a folder whose subfolders are parts of a data set, not classes; `files` are paths below it. */
export function checkNoParts(
  folder: string,
  folders: readonly string[],
  files: readonly string[],
  word: 'folder' | 'latents' = 'folder',
): void {
  const deep = new Set(files.flatMap((name) => (name.split('/').length > 2 ? [name.slice(0, name.indexOf('/'))] : [])));
  const found = folders.filter(parts);
  const isSplit = found.some((name) => trained.test(name)) && found.some((name) => judged.test(name));
  const isOnly = found.length > 0 && found.length === folders.length && found.some((name) => deep.has(name));
  if (!isOnly && !(isSplit && (found.length === folders.length || found.every((name) => deep.has(name))))) return;
  const wanted = found.find((name) => trained.test(name)) ?? found[0];
  throw new WeftError(
    found.length === 1
      ? `The subfolder ${found[0]} of ${folder} is a part of a data set; as it stands it would be taken for a class.`
      : `The subfolders ${found.join(' and ')} of ${folder} are parts of a data set; as they stand they would be taken for classes.`,
    `Name one of them: use ${word}("${join(folder, wanted)}").`,
  );
}

/** The class of a picture: the first subfolder on its path; null for a picture directly in the folder. */
export function classOf(picture: string): string | null {
  const slash = picture.indexOf('/');
  return slash < 0 ? null : picture.slice(0, slash);
}

/**
 * The classes of pictures below `folder`. Every subfolder is one, so that numbers stay the same when a subfolder becomes empty; if
 * no picture is in a subfolder, there is one class.
 */
export function classesOf(folder: string, folders: readonly string[], pictures: readonly string[]): string[] {
  const loose = pictures.filter((name) => classOf(name) === null);
  if (loose.length === pictures.length) return [basename(folder)];
  if (loose.length === 0) return classOrder(folders);
  throw new WeftError(
    `The folder ${folder} holds both class subfolders and ${counted(loose.length, 'picture')} of no class, such as ${loose[0]}.`,
    'Move these into a subfolder: its name is their class.',
  );
}
