/** Pictures in a user's folder: one class per subfolder, or all in one class. */
import { counted } from '../../compiler/diagnostics/counted';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { suggest } from '../../compiler/diagnostics/suggest';
import { codeOf, fileError } from '../../files/file-error';
import { captionFiles, readCaptions, type CaptionFiles } from '../folder/captions';
import { classesOf, classOf, checkNoParts } from '../folder/classes';
import {
  classNote,
  emptyCaptions,
  folderNotes,
  missingCaptions,
  outsideCaptions,
  some,
  unusedCaptions,
  wordlessFiles,
} from '../folder/notes';
import { sortFiles } from '../folder/sort-files';
import { listFolder } from '../folder/walk';
import { contentDigest, sampleFile } from '../content-digest';
import { nearestForm, type Form } from '../forms';
import type { ImageListing, ImageSize, ListedImage, ListedImages } from '../image-set';
import { inMemory, pictureSize, renderFile } from './render';
import { held } from '../../compiler/invariant';

export interface FolderOptions {
  /** Whether captions are read: a recipe without `text` does not need them. */
  readonly captions?: boolean;
  /** Called now and then with the number of files found so far. */
  readonly onListing?: (files: number) => void;
  /** Only the pictures whose form is nearest to one of some sizes; all by default. */
  readonly form?: Form;
}

/**
 * Pictures at any depth, turned upright, scaled to cover the given size and cropped at the centre; see docs/data.md for formats, classes and
 * captions. Everything that is not read is reported.
 */
export async function folderImages(
  path: string,
  size: ImageSize,
  { captions = false, onListing, form }: FolderOptions = {},
): Promise<ImageListing> {
  const folder = resolve(path);
  await checkFolder(folder);
  const listing = await listFolder(folder, onListing);
  checkNoParts(folder, listing.folders, listing.files);
  const { pictures: all, others: unread } = await sortFiles(folder, listing.files);
  const notes = folderNotes(listing, unread, captions);
  if (all.length === 0) throw noPictures(folder, notes);
  const classes = classesOf(folder, listing.folders, all);
  const pictures = form ? await ofForm(folder, all, form) : all;
  const files = captionFiles(captions ? listing.files : []);
  const captionNames = [...files.tables, ...[...files.beside.values()].flat()];
  return {
    facts: {
      kind: 'folder',
      folder,
      ...(form && { form: form.sizes.map(({ height, width }) => [height, width]) }),
      classes,
      pictures: await fileFacts(folder, pictures),
      captions: captions && (await fileFacts(folder, captionNames)),
    },
    list: async () => {
      const numbers = new Map(classes.map((name, i) => [name, i]));
      const texts = captions ? await captionsOf(folder, pictures, files) : null;
      const pages: string[] = [];
      const images = pictures.map((name): ListedImage => {
        const from = classOf(name) ?? classes[0];
        const render = (): Promise<Uint8Array> =>
          renderFile(inMemory(join(folder, name)), size, () => pages.push(name));
        return { name, label: held(numbers, from), caption: texts ? texts.captions[name] : from, render };
      });
      const told = [...classNote(classes), ...notes, ...(texts?.notes ?? [])];
      const digest: ListedImages['digest'] = (onProgress) =>
        contentDigest(
          { classes, images, captions },
          images.map(
            ({ name }) =>
              () =>
                sampleFile(join(folder, name)),
          ),
          onProgress,
        );
      const here = new Set(pictures);
      const others = all.filter((name) => !here.has(name)).map((name) => held(numbers, classOf(name) ?? classes[0]));
      return {
        classes,
        images,
        digest,
        ...(form && { elsewhere: new Set(others) }),
        notes: () => [...told, ...pagesNote(pages)],
      };
    },
  };
}

/** How many pictures are opened at a time for their sizes. */
const together = 16;

/** The pictures whose form is nearest to one of some sizes. One that cannot be opened belongs to the first, which reports it. */
async function ofForm(folder: string, pictures: readonly string[], { sizes, index }: Form): Promise<readonly string[]> {
  const found: string[] = [];
  for (let at = 0; at < pictures.length; at += together) {
    const part = pictures.slice(at, at + together);
    const forms = await Promise.all(
      part.map(async (name) => {
        const size = await pictureSize(inMemory(join(folder, name)), sizes[0]).catch(() => null);
        return size ? nearestForm(size, sizes) : 0;
      }),
    );
    part.forEach((name, i) => forms[i] === index && found.push(name));
  }
  if (found.length > 0) return found;
  const { height, width } = sizes[index];
  throw new WeftError(
    `None of ${counted(pictures.length, 'picture')} in ${folder} belongs to the bucket ${height}x${width}: all are nearer to the form of another.`,
    'Leave the bucket out; weft data shows the forms that there are.',
  );
}

/** The caption of every picture, and a note on those that have none. */
export async function captionsOf(
  folder: string,
  pictures: readonly string[],
  files: CaptionFiles,
): Promise<{ captions: { readonly [picture: string]: string }; notes: readonly string[] }> {
  const { captions, unused, outside, wordless } = await readCaptions(folder, pictures, files);
  const missing = pictures.filter((name) => !captions.has(name));
  if (missing.length === pictures.length && missing.every((name) => classOf(name) === null)) {
    throw new WeftError(
      `None of ${counted(missing.length, 'picture')} in ${folder} has a caption, and the recipe trains on texts.`,
      'Put the caption of NAME.png into NAME.txt beside it, or name them all in metadata.jsonl; docs/data.md shows the forms.',
    );
  }
  const empty = pictures.filter((name) => captions.get(name) === '');
  const all = pictures.map((name): [string, string] => [name, captions.get(name) ?? classOf(name) ?? '']);
  return {
    captions: Object.fromEntries(all),
    notes: [
      ...missingCaptions(missing, all.length),
      ...emptyCaptions(empty, all.length),
      ...unusedCaptions(unused),
      ...outsideCaptions(outside),
      ...wordlessFiles(wordless),
    ],
  };
}

export async function checkFolder(folder: string, what: 'pictures' | 'latents' = 'pictures'): Promise<void> {
  const found = await stat(folder).catch(async (error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw await fileError(error, 'read', folder);
    const near = suggest(basename(folder), await readdir(dirname(folder)).catch(() => []));
    throw new WeftError(
      `The folder of ${what} ${folder} does not exist.`,
      near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'Check its path.',
    );
  });
  if (!found.isDirectory())
    throw new WeftError(`${folder} is not a folder.`, `Name the folder that holds the ${what}.`);
}

function noPictures(folder: string, notes: readonly string[]): WeftError {
  return new WeftError(
    [`The folder ${folder} holds no pictures.`, ...notes].join(' '),
    'Put PNG, JPEG, WebP, GIF, TIFF, AVIF, BMP or SVG files into it, one subfolder per class.',
  );
}

/** Facts that change when files do: names, sizes and times. A file that is missing by now is reported when it is read. */
export async function fileFacts(folder: string, names: readonly string[]): Promise<unknown[]> {
  const facts: unknown[] = [];
  const together = 64;
  for (let at = 0; at < names.length; at += together) {
    const part = names.slice(at, at + together);
    const found = await Promise.all(part.map((name) => stat(join(folder, name)).catch(() => null)));
    facts.push(...part.map((name, i) => [name, found[i]?.size ?? 0, found[i]?.mtimeMs ?? 0]));
  }
  return facts;
}

/** A note on pictures with several frames, of which one is used. */
export function pagesNote(pages: readonly string[]): string[] {
  if (pages.length === 0) return [];
  const one = pages.length === 1;
  return [
    `${pages.length} picture${one ? ' has' : 's have'} several frames or pages, and the first is taken: ${some([...pages].sort(), 1)}`,
  ];
}
