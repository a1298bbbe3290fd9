/** Images that are packed into large files, with their classes and captions, as any source lists them. */
// Tested by test/data/sources/tar.test.ts.
import { basename } from 'node:path';
import { counted } from '../../compiler/diagnostics/counted';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { printable } from '../../compiler/diagnostics/printable';
import { contentDigest, type FileSample } from '../content-digest';
import { classOrder } from '../folder/classes';
import { byEnding, classNote, emptyCaptions, missingCaptions } from '../folder/notes';
import type { ImageSize, LeftOut, ListedImage, ListedImages, SkippedImage } from '../image-set';
import { pagesNote } from '../sources/folder';
import { renderFile } from '../sources/render';

export interface PackedImage {
  /** The file that holds it and its place there: `000.tar/cats/1.png`. */
  readonly name: string;
  /** Null if it has none. */
  readonly caption: string | null;
  /** Its class, by name or number; null if it has none. */
  readonly class: string | null;
  /** The bytes of the picture's file. */
  bytes(): Promise<Buffer>;
  /** What tells whether the file has changed; absent where reading it takes long. */
  sample?(): FileSample;
}

export interface Packed {
  /** What the recipe names. */
  readonly path: string;
  readonly images: readonly PackedImage[];
  /** Names of the classes, if the files state them; else they are found in the images. */
  readonly classes: readonly string[] | null;
  readonly left: LeftOut;
  readonly notes: readonly string[];
}

/** The images with numbers for classes; `captions` says whether the recipe reads texts. */
export function packedImages(packed: Packed, size: ImageSize, captions: boolean): ListedImages {
  const { images, left } = packed;
  const classes = packed.classes ?? classesIn(packed);
  const numbers = new Map(classes.map((name, i) => [name, i]));
  const pages: string[] = [];
  const listed = images.map(({ name, caption, class: of, bytes }): ListedImage => {
    const label = of === null ? 0 : (numbers.get(of) ?? unknownClass(name, of));
    return {
      name,
      label,
      caption: captions ? (caption ?? of ?? '') : classes[label],
      isCaptioned: captions && caption !== null,
      bytes,
      render: async () => renderFile(await bytes(), size, () => pages.push(name)),
    };
  });
  const told = [...classNote(classes), ...left.notes, ...packed.notes, ...(captions ? captionNotes(packed) : [])];
  const samples = images.flatMap(({ sample }) => sample ?? []);
  const digest: ListedImages['digest'] = (onProgress) =>
    contentDigest({ classes, images: listed, captions }, samples, onProgress);
  return {
    classes,
    images: listed,
    left,
    ...(samples.length === images.length && { digest }),
    notes: () => [...told, ...pagesNote(pages)],
  };
}

/** A note on members that are not read, by ending. */
export function leftNote(left: readonly SkippedImage[]): string[] {
  if (left.length === 0) return [];
  return [`${counted(left.length, 'file was', 'files were')} not read: ${byEnding(left.map(({ name }) => name))}.`];
}

function captionNotes({ path, images }: Packed): string[] {
  const missing = images.filter(({ caption }) => caption === null).map(({ name }) => name);
  const hasClasses = images.some((image) => image.class !== null);
  if (missing.length === images.length && !hasClasses) {
    throw new WeftError(
      `None of the ${counted(missing.length, 'picture')} in ${path} has a caption, and the recipe trains on texts.`,
      'Pack the caption of each picture with it; docs/data.md shows the forms.',
    );
  }
  const empty = images.filter(({ caption }) => caption === '').map(({ name }) => name);
  return [...missingCaptions(missing, images.length, hasClasses), ...emptyCaptions(empty, images.length)];
}

/** More classes than any data set has; a list of them is kept. */
const mostClasses = 1_000_000;

/** Classes that are whole numbers are all those up to the largest; others are in the order of their names. */
function classesIn({ path, images }: Packed): readonly string[] {
  const without = images.filter((image) => image.class === null);
  if (without.length === images.length) return [basename(path).replace(/\.(tar|parquet)$/i, '')];
  if (without.length > 0) {
    throw new WeftError(
      `${counted(without.length, 'picture')} of ${images.length} in ${path} ${without.length === 1 ? 'has' : 'have'} no class, such as ${printable(without[0].name)}, and the others have one.`,
      'Give all pictures a class, or none.',
    );
  }
  const names = new Set(images.map((image) => image.class ?? ''));
  const odd = [...names].find((name) => !isWhole(name));
  if (odd !== undefined && [...names].every(isNumber))
    throw noWholeNumber(images.find((image) => image.class === odd)?.name ?? path, odd);
  if (odd !== undefined) return classOrder([...names]);
  const numbers = new Map([...names].map((name) => [Number(name), name]));
  const last = [...numbers.keys()].reduce((a, b) => Math.max(a, b), 0);
  if (last < mostClasses) return Array.from({ length: last + 1 }, (_, i) => numbers.get(i) ?? String(i));
  const first = images.find((image) => Number(image.class) === last);
  throw new WeftError(
    `${printable(first?.name ?? path)} has the class ${last}; classes are numbers from 0 to ${mostClasses - 1}, or names.`,
    'Give each picture the number of its class.',
  );
}

function isWhole(name: string): boolean {
  return /^\d+$/.test(name);
}

function isNumber(name: string): boolean {
  return name !== '' && Number.isFinite(Number(name));
}

/** Numbers that are no classes would otherwise be taken for names. */
function noWholeNumber(picture: string, of: string): WeftError {
  return new WeftError(
    `${printable(picture)} has the class ${printable(of)}; classes are whole numbers from 0, or names.`,
    'Count the classes from 0, leave out pictures of no class, or give classes names that are no numbers.',
  );
}

function unknownClass(name: string, of: string): never {
  throw new WeftError(
    `${printable(name)} has the class ${printable(of)}, which is not one of those that the file states.`,
    'Correct the class of the picture, or the list of classes.',
  );
}
