/** Latents that an autoencoder computed earlier, from `.npy` and `.safetensors` files in a folder. */
import { someOf } from '../../compiler/diagnostics/counted';
import { basename, join, resolve } from 'node:path';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { captionFiles, isCaptionName } from '../folder/captions';
import { checkNoParts, classesOf, classOf, classOrder } from '../folder/classes';
import { classNote, folderNotes } from '../folder/notes';
import { listFolder } from '../folder/walk';
import type { ImageListing, ImageSize, ListedImage } from '../image-set';
import { captionsOf, checkFolder, fileFacts, type FolderOptions } from './folder';
import { openLatents, type LatentFile } from './latent-file';
import { ownValue } from '../../compiler/own-value';

export interface LatentScale {
  /** Training uses (latent - shift) · scale. */
  readonly scale: number;
  readonly shift: number;
}

/**
 * A file has one item [channels, height, width], or many with their number as first axis; a safetensors file may have `labels` beside
 * `latents`. Without labels the class is the first subfolder, as with pictures.
 */
export async function latentImages(
  path: string,
  size: ImageSize,
  { scale, shift }: LatentScale,
  { captions = false, onListing }: FolderOptions = {},
): Promise<ImageListing> {
  const folder = resolve(path);
  await checkFolder(folder, 'latents');
  const listing = await listFolder(folder, onListing);
  checkNoParts(folder, listing.folders, listing.files, 'latents');
  const names = listing.files.filter((name) => /\.(npy|safetensors)$/i.test(name));
  const others = listing.files.filter((name) => !names.includes(name) && !isCaptionName(name));
  if (names.length === 0) {
    throw new WeftError(
      `The folder ${folder} holds no latents.`,
      'Put .npy or .safetensors files into it, one subfolder per class.',
    );
  }
  const files = captionFiles(captions ? listing.files : []);
  return {
    numbers: 'floats',
    facts: {
      kind: 'latents',
      folder,
      scale,
      shift,
      folders: listing.folders,
      files: await fileFacts(folder, names),
      captions: captions && (await fileFacts(folder, [...files.tables, ...[...files.beside.values()].flat()])),
    },
    list: async () => {
      const opened: { name: string; file: LatentFile }[] = [];
      for (const name of names) opened.push({ name, file: await openLatents(join(folder, name), size) });
      const labelled = opened.filter(({ file }) => file.labels !== null);
      if (labelled.length > 0 && labelled.length < opened.length) throw someLabelled(folder, labelled[0].name, opened);
      const classes = labelled.length > 0 ? numberedClasses(opened) : classesOf(folder, listing.folders, names);
      const many = opened.find(({ file }) => file.count !== 1);
      if (captions && many) throw packedCaptions(join(folder, many.name));
      const texts = captions ? await captionsOf(folder, names, files) : null;
      const images = opened.flatMap(({ name, file }) =>
        Array.from({ length: file.count }, (_, i): ListedImage => {
          const label = file.labels ? file.labels[i] : classes.indexOf(classOf(name) ?? classes[0]);
          const render = async (): Promise<Uint8Array> => scaled(await file.read(i), { scale, shift });
          const caption = ownValue(texts?.captions ?? {}, name) ?? classes[label];
          return { name: file.count === 1 ? name : `${name}[${i}]`, label, caption, render };
        }),
      );
      const unused = opened.flatMap(({ name, file }) => file.unused.map((tensor) => `${tensor} of ${name}`));
      const told = unused.length > 0 ? [`Not used: ${someOf(unused, 5)}.`] : [];
      const notes = [
        ...classNote(classes),
        ...folderNotes(listing, others, captions),
        ...(texts?.notes ?? []),
        ...told,
      ];
      return { classes, images, notes: () => notes };
    },
  };
}

/** `labels` in files are the numbers of classes, which have no names. */
function numberedClasses(opened: readonly { readonly file: LatentFile }[]): string[] {
  let most = 0;
  for (const { file } of opened) for (const label of file.labels ?? []) most = Math.max(most, label);
  return classOrder(Array.from({ length: most + 1 }, (_, i) => String(i)));
}

/** The numbers as float32 bytes. Numbers that are not finite are refused: they would spoil the run without notice. */
function scaled(values: Float32Array, { scale, shift }: LatentScale): Uint8Array {
  const out = values.map((x) => (x - shift) * scale);
  if (!out.every(Number.isFinite)) throw new Error('it holds numbers that are not finite');
  return new Uint8Array(out.buffer);
}

function someLabelled(
  folder: string,
  labelled: string,
  opened: readonly { name: string; file: LatentFile }[],
): WeftError {
  const other = opened.find(({ file }) => file.labels === null)!;
  return new WeftError(
    `In ${folder}, ${labelled} holds labels and ${other.name} does not.`,
    'Give all files labels, or none and put them into a subfolder per class.',
  );
}

function packedCaptions(path: string): WeftError {
  return new WeftError(
    `The recipe trains on texts, but ${basename(path)} holds many latents, which have no captions of their own.`,
    'Save each item as a file NAME.npy with its caption in NAME.txt beside it.',
  );
}
