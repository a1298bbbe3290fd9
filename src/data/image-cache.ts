/** Renders image sets into one file of bytes in the user's cache and opens them from there. */
// Tested by test/data/image-set.test.ts.
import { counted } from '../compiler/diagnostics/counted';
import { createHash } from 'node:crypto';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { invariant } from '../compiler/invariant';
import { writeFolderAtomic, writerOf } from '../files/atomic';
import { cacheFolder, cacheKey } from '../files/cache';
import { makeCacheFolder } from '../files/cache-folder';
import { isRunning } from '../files/holder';
import { fileError } from '../files/file-error';
import { openToRead, readWhole } from '../files/regular-file';
import { byEnding, some } from './folder/notes';
import { bytesOf, digestOf, pixelsPath, readIndex, writeIndex, type ImageIndex } from './image-index';
import type { ImageListing, ImageSet, ImageSize, ListedImage, ListedImages } from './image-set';
import { comesLate, LateImages, placesOf } from './late-images';
import {
  checkRoom,
  concurrency,
  concurrently,
  emptyClasses,
  noneReadable,
  renderOne,
  type PixelShape,
} from './render-images';

export interface CacheOptions {
  /** Called now and then while images are rendered; not called if they are in the cache. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Called once if images were left out. */
  readonly onWarning?: (message: string) => void;
  /** The folder for rendered sets; the user's cache by default. */
  readonly cache?: string;
  /** Whether images of a large set may be rendered when they are first read. */
  readonly late?: boolean;
}

/** Part of the cache key; raised when rendering or the file format changes. */
const formatVersion = 5;
const chunkSize = 128;
/** Sets up to this many bytes are held in memory; larger ones are read from disk image by image. */
const inMemory = 1e9;

/** The listing's images at `size`, rendered unless they are in the cache. */
export async function cachedImages(
  listing: ImageListing,
  size: ImageSize,
  options: CacheOptions = {},
): Promise<ImageSet> {
  if (![size.height, size.width].every((n) => Number.isInteger(n) && n > 0)) {
    throw new WeftError(
      `Images of ${size.height}x${size.width} pixels cannot be made.`,
      'Sizes are whole numbers from 1.',
    );
  }
  const { height, width, channels = 3 } = size;
  const { numbers = 'levels' } = listing;
  if (numbers === 'levels') checkChannels(channels);
  const shape = { height, width, channels, numbers };
  const folder = join(
    options.cache ?? cacheFolder(),
    'images',
    cacheKey({ format: formatVersion, shape, facts: listing.facts }),
  );
  const found = await readIndex(folder);
  if (typeof found === 'string')
    options.onWarning?.(`The cached images in ${folder} are damaged (${found}) and are made anew.`);
  const isFound = found !== null && typeof found !== 'string';
  const listed = isFound ? null : await listing.list();
  if (listed && comesLate(listed)) {
    await dropLeftovers(dirname(folder));
    const set = await LateImages.open(
      folder,
      listed,
      shape,
      options.late ? options : { onProgress: options.onProgress },
    );
    if (options.late) return set;
    await set.renderAll(options.onProgress).finally(() => set.close());
    return cachedImages(listing, size, options);
  }
  const index = listed ? await build(folder, { ...listed, onUnreadable: listing.onUnreadable }, shape, options) : found;
  invariant(index !== null && typeof index !== 'string', 'a set has no index');
  for (const note of index.notes) options.onWarning?.(note);
  if (index.skipped.length > 0) options.onWarning?.(skippedText(index));
  return openSet(pixelsPath(folder), index);
}

/** Pictures have one channel (grey) or three (colour). */
function checkChannels(channels: number): void {
  if (channels === 1 || channels === 3) return;
  throw new WeftError(
    `Pictures have 3 channels, or 1 in grey; the model takes ${channels}.`,
    'Build the model with channels: 3 or 1; a model of latents trains on data = latents("folder").',
  );
}

async function build(
  folder: string,
  { classes, images, elsewhere, notes = () => [], onUnreadable }: ListedImages & Pick<ImageListing, 'onUnreadable'>,
  shape: PixelShape,
  { onProgress }: CacheOptions,
): Promise<ImageIndex> {
  const home = dirname(folder);
  await dropLeftovers(home);
  await checkRoom(home, images.length * bytesOf(shape));
  return writeFolderAtomic(folder, async (temporary) => {
    const told = { onProgress, onUnreadable };
    const { kept, skipped, pixels } = await renderAll(pixelsPath(temporary), images, shape, told);
    if (kept.length === 0) throw noneReadable(skipped);
    const index: ImageIndex = {
      ...shape,
      count: kept.length,
      classes: [...classes],
      labels: kept.map((image) => image.label),
      captions: kept.map((image) => image.caption),
      skipped,
      notes: [...notes(), ...emptyClasses({ classes, elsewhere }, kept)],
      pixels,
    };
    await writeIndex(temporary, index);
    return index;
  });
}

/** Renders the images one after another into a file of bytes; those that cannot be read are left out. */
async function renderAll(
  path: string,
  images: readonly ListedImage[],
  shape: PixelShape,
  { onProgress, onUnreadable }: Pick<CacheOptions, 'onProgress'> & Pick<ImageListing, 'onUnreadable'>,
): Promise<{ kept: ListedImage[]; skipped: ImageIndex['skipped']; pixels: string }> {
  const kept: ListedImage[] = [];
  const skipped: ImageIndex['skipped'] = [];
  const sum = createHash('sha256');
  const file = await open(path, 'w');
  try {
    for (let at = 0; at < images.length; at += chunkSize) {
      onProgress?.(at, images.length);
      const chunk = images.slice(at, at + chunkSize);
      const rendered = await concurrently(chunk, concurrency, (image) => renderOne(image, shape));
      rendered.forEach((result, i) => {
        if (typeof result === 'string') {
          const { name, caption } = chunk[i];
          if (onUnreadable) throw onUnreadable({ name, why: result });
          skipped.push({ name, why: result, at: at + i, caption });
        } else kept.push(chunk[i]);
      });
      const bytes = Buffer.concat(rendered.filter((result) => typeof result !== 'string'));
      sum.update(bytes);
      await file.writeFile(bytes);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  onProgress?.(images.length, images.length);
  return { kept, skipped, pixels: sum.digest('hex') };
}

async function openSet(path: string, index: ImageIndex): Promise<ImageSet> {
  const { count, height, width, channels, numbers, classes, captions, source } = index;
  const places = placesOf(index);
  const bytes = bytesOf(index);
  const common = {
    count,
    height,
    width,
    channels,
    numbers,
    classes,
    captions,
    skipped: index.skipped.map(({ name, why }) => ({ name, why })),
    ...(places && { places }),
    ...(source !== undefined && { source }),
    labels: Int32Array.from(index.labels),
    digest: (what: { readonly captions: boolean }) => digestOf(index, what),
  } as const;
  const check = (i: number): number => {
    if (!(i >= 0 && i < count)) throw new RangeError(`image ${i} of ${count}`);
    return i * bytes;
  };
  try {
    if (count * bytes <= inMemory) {
      const pixels = new Uint8Array(await readWhole(path, inMemory));
      const read: ImageSet['read'] = async (indices, into) => {
        for (let i = 0; i < indices.length; i++) {
          const from = check(indices[i]);
          into.set(pixels.subarray(from, from + bytes), i * bytes);
        }
      };
      return { ...common, read, close: async () => {} };
    }
    const file = await openToRead(path);
    const read: ImageSet['read'] = async (indices, into) => {
      for (let i = 0; i < indices.length; i++) await file.read(into, i * bytes, bytes, check(indices[i]));
    };
    return { ...common, read, close: () => file.close() };
  } catch (error) {
    throw await fileError(error, 'read', path);
  }
}

/** Removes leftovers of killed renderings once they are a day old. */
async function dropLeftovers(home: string): Promise<void> {
  await makeCacheFolder(home);
  for (const name of await readdir(home)) {
    const writer = writerOf(name);
    if (writer === null || isRunning(writer)) continue;
    const found = await stat(join(home, name)).catch(() => null);
    if (found && Date.now() - found.mtimeMs > 86_400_000) await rm(join(home, name), { recursive: true, force: true });
  }
}

const shownSkipped = 5;

/** The number of images left out, and the reasons for the first of them. */
export function skippedText({ skipped, count }: Pick<ImageSet, 'skipped' | 'count'>): string {
  const shown = skipped.map(({ name, why }) => `${name} (${why})`);
  const kinds = skipped.length > shownSkipped ? ` (${byEnding(skipped.map(({ name }) => name))})` : '';
  return `${skipped.length} of ${counted(count + skipped.length, 'image')} cannot be read and ${skipped.length === 1 ? 'is' : 'are'} left out${kinds}: ${some(shown, shownSkipped)}.`;
}
