/** Notes on a folder of pictures: its classes, and everything in it that is not read. */
// Tested by test/data/image-set.test.ts.
import { counted, someOf } from '../../compiler/diagnostics/counted';
import { printable } from '../../compiler/diagnostics/printable';
import { isCaptionName } from './captions';
import { endingOf } from './file-kind';
import type { Listing } from './walk';

const few = 5;

/** `a, b, c and 4 more` */
export function some(names: readonly string[], shown = few): string {
  return someOf(names.map(printable), shown);
}

/** `Classes by number: 0 cat, 1 dog.` */
export function classNote(classes: readonly string[]): string[] {
  if (classes.length < 2) return [];
  return [
    `Classes by number: ${some(
      classes.map((name, i) => `${i} ${name}`),
      12,
    )}.`,
  ];
}

/** Files that are not read, by ending, and entries that are not files; `captions` says whether caption files are used. */
export function folderNotes(
  { files, passed, outside }: Listing,
  others: readonly string[],
  captions: boolean,
): string[] {
  const notes: string[] = [];
  const unread = captions ? others : [...others, ...files.filter(isCaptionName)];
  if (unread.length > 0)
    notes.push(`${counted(unread.length, 'file was', 'files were')} not read: ${byEnding(unread)}.`);
  for (const [kind, names] of passed) notes.push(`Passed over ${kind}: ${some(names)}.`);
  if (outside.length > 0) {
    notes.push(
      `${counted(outside.length, 'link leads', 'links lead')} out of the folder and ${outside.length === 1 ? 'is' : 'are'} followed: ${some(outside)}.`,
    );
  }
  return notes;
}

/** `7 .psd, 5 .mov`, the most first. */
export function byEnding(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(endingOf(name), (counts.get(endingOf(name)) ?? 0) + 1);
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return some(sorted.map(([ending, count]) => `${count} ${ending}`));
}

/** Pictures without a caption, and the text used instead: the class of a picture in a subfolder, unless `hasClasses` says what to use. */
export function missingCaptions(
  missing: readonly string[],
  all: number,
  hasClasses = missing.some((name) => name.includes('/')),
): string[] {
  if (missing.length === 0) return [];
  const standIn = hasClasses ? 'the name of their class' : 'the empty prompt';
  return [
    `${missing.length} of ${counted(all, 'picture')} ${missing.length === 1 ? 'has' : 'have'} no caption, and ${standIn} stands in for it: ${some(missing)}.`,
  ];
}

/** Empty captions: intended, or the rest of a damaged file. */
export function emptyCaptions(empty: readonly string[], all: number): string[] {
  return empty.length === 0
    ? []
    : [
        `${empty.length} of ${counted(all, 'picture')} ${empty.length === 1 ? 'has' : 'have'} an empty caption, which is the empty prompt: ${some(empty)}.`,
      ];
}

/** JSON files beside pictures that have no captions. */
export function wordlessFiles(wordless: readonly string[]): string[] {
  if (wordless.length === 0) return [];
  return [
    `${counted(wordless.length, 'file', 'files')} of JSON beside pictures hold no text, caption or prompt: ${some(wordless)}.`,
  ];
}

/** Captions whose pictures do not exist. */
export function unusedCaptions(unused: readonly string[]): string[] {
  return unused.length === 0
    ? []
    : [`${counted(unused.length, 'caption has', 'captions have')} no picture: ${some(unused)}.`];
}

/** Rows of tables that name pictures outside of the folder. */
export function outsideCaptions(outside: readonly string[]): string[] {
  if (outside.length === 0) return [];
  return [
    `${counted(outside.length, 'caption names a picture', 'captions name pictures')} outside of the folder, and no such picture is read: ${some(outside)}.`,
  ];
}
