/** What lies beside the images of a source, which of their captions are their own, and the files of their pictures. */
// Tested by test/cli/data.test.ts.
import { join } from 'node:path';
import { held } from '../compiler/invariant';
import type { TrainRecipe } from '../compiler/recipe/index';
import { captionFiles, isCaptionName, readCaptions } from '../data/folder/captions';
import { folderNotes } from '../data/folder/notes';
import { sortFiles } from '../data/folder/sort-files';
import { listFolder, type Listing, type PassedKind } from '../data/folder/walk';
import { listingOf, type ImageSet, type ImageSize, type ListedImage, type SkippedImage } from '../data/image-set';
import type { Picture } from '../data/sources/render';
import { latentFiles } from './look-at-data';
import { picturesOf } from './pairs';

/** The other contents of a source. */
interface SourceLook {
  readonly skipped: readonly SkippedImage[];
  /** Notes that summarise `skipped`. */
  readonly notes: readonly string[];
  /** Captions that images have of their own; null if they are not read, or if all have one. */
  readonly captions: readonly string[] | null;
  /** Null for images without files of their own. */
  readonly files: PictureFiles | null;
}

/** The picture files of a set. */
export interface PictureFiles {
  /** By the number of the image. */
  readonly names: readonly string[];
  open(name: string): Picture | Promise<Picture>;
}

export async function lookInto(recipe: TrainRecipe, set: ImageSet, size: ImageSize): Promise<SourceLook> {
  const { data } = recipe;
  switch (data.kind) {
    case 'folder':
    case 'latents':
      return lookIntoFolder(recipe, data, set);
    case 'tar':
    case 'parquet':
      return lookIntoPacked(recipe, set, size);
    case 'emoji':
    case 'mnist':
    case 'scenes':
    case 'compositions':
      return { skipped: [], notes: [], captions: null, files: null };
  }
}

async function lookIntoFolder(
  { text }: TrainRecipe,
  { kind, path }: { readonly kind: 'folder' | 'latents'; readonly path: string },
  set: ImageSet,
): Promise<SourceLook> {
  const listing = await listFolder(path);
  const isPictures = kind === 'folder';
  const { taken, others } = isPictures
    ? await sortFiles(path, listing.files).then((sorted) => ({ taken: sorted.pictures, others: sorted.others }))
    : latentFiles(listing.files);
  const left = new Set(set.skipped.map(({ name }) => name));
  const trained = taken.filter((name) => !left.has(name));
  const captions = text && (await readCaptions(path, trained, captionFiles(listing.files))).captions;
  return {
    skipped: leftOut(listing, { others, captions: text !== undefined, what: isPictures ? 'a picture' : 'latents' }),
    notes: folderNotes({ ...listing, outside: [] }, others, text !== undefined),
    captions: captions ? trained.flatMap((name) => captions.get(name) ?? []) : null,
    files: isPictures ? { names: await picturesOf(path, set), open: (name) => join(path, name) } : null,
  };
}

async function lookIntoPacked({ data, text }: TrainRecipe, set: ImageSet, size: ImageSize): Promise<SourceLook> {
  const captions = text !== undefined;
  const { images, left } = await (await listingOf(data, size, { captions })).list();
  const skipped = new Set(set.skipped.map(({ name }) => name));
  const trained = images.filter(({ name }) => !skipped.has(name));
  const byName = new Map(trained.map((image): [string, ListedImage] => [image.name, image]));
  return {
    skipped: left?.files ?? [],
    notes: left?.notes ?? [],
    captions: captions ? trained.flatMap(({ isCaptioned, caption }) => (isCaptioned ? [caption] : [])) : null,
    files: { names: [...byName.keys()], open: (name) => held(byName, name).bytes?.() ?? Buffer.alloc(0) },
  };
}

const passedAs: { readonly [K in PassedKind]: string } = {
  'links that lead nowhere': 'a link that leads nowhere',
  'links to folders further down, which are not followed': 'a link to a folder, which is followed at the top only',
  'links to folders that hold them': 'a link to a folder that holds it',
  pipes: 'a pipe',
  sockets: 'a socket',
  devices: 'a device',
};

function leftOut(
  { files, passed }: Listing,
  { others, captions, what }: { readonly others: readonly string[]; readonly captions: boolean; readonly what: string },
): SkippedImage[] {
  const unread = captions ? [] : files.filter(isCaptionName);
  return [
    ...others.map((name) => ({ name, why: `not ${what} of a kind that is read` })),
    ...unread.map((name) => ({ name, why: 'captions, which a recipe without `text` does not read' })),
    ...[...passed].flatMap(([kind, names]) => names.map((name) => ({ name, why: passedAs[kind] }))),
  ];
}
