/** Renders image sets into one file of bytes in the user's cache and opens them from there. */
import { mkdir, open, readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { writeFileAtomic, writeFolderAtomic } from '../files/atomic';
import { cacheFolder, cacheKey } from '../files/cache';
import { fileError, formatBytes, freeBytes } from '../files/file-error';
import type { ImageListing, ImageSet, ImageSize, ListedImage, SkippedImage } from './image-set';

export interface CacheOptions {
  /** Told now and then while images are rendered; not called when they are in the cache. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Told once about images that were left out. */
  readonly onWarning?: (message: string) => void;
  /** Where rendered sets are kept; the user's cache by default. */
  readonly cache?: string;
}

/** Part of the cache key: raised when the way of rendering or the form of the files changes. */
const FORMAT = 1;
/** Images rendered at a time; sharp uses threads of its own. */
const CONCURRENCY = 2;
const CHUNK = 128;
/** Sets up to this many bytes are held in memory, larger ones are read from disk image by image. */
const IN_MEMORY = 1e9;

interface Index extends ImageSize {
  readonly count: number;
  readonly classes: readonly string[];
  readonly labels: readonly number[];
  readonly captions: readonly string[];
  readonly skipped: readonly SkippedImage[];
}

/** The listing's images at `size`, rendered unless the cache has them. */
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
  const home = join(options.cache ?? cacheFolder(), 'images');
  const folder = join(home, cacheKey({ format: FORMAT, size, facts: listing.facts }));
  const index = (await readIndex(folder, size)) ?? (await build(home, folder, listing, size, options));
  if (index.skipped.length > 0) options.onWarning?.(skippedText(index));
  return openSet(join(folder, 'pixels.u8'), index);
}

/** The index of a rendered set; null when there is none or its parts do not fit each other. */
async function readIndex(folder: string, { height, width }: ImageSize): Promise<Index | null> {
  try {
    const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as Index;
    const { size } = await stat(join(folder, 'pixels.u8'));
    const sound = size === index.count * height * width * 3 && index.labels.length === index.count;
    return sound && index.captions.length === index.count ? index : null;
  } catch {
    return null;
  }
}

async function build(
  home: string,
  folder: string,
  listing: ImageListing,
  size: ImageSize,
  { onProgress }: CacheOptions,
): Promise<Index> {
  const { classes, images } = await listing.list();
  await dropLeftovers(home);
  await checkRoom(home, images.length * size.height * size.width * 3);
  return writeFolderAtomic(folder, async (temporary) => {
    const { kept, skipped } = await renderAll(join(temporary, 'pixels.u8'), images, size, onProgress);
    if (kept.length === 0) throw noneReadable(skipped);
    const index: Index = {
      ...size,
      count: kept.length,
      classes,
      labels: kept.map((image) => image.label),
      captions: kept.map((image) => image.caption),
      skipped,
    };
    await writeFileAtomic(join(temporary, 'index.json'), JSON.stringify(index));
    return index;
  });
}

/** Renders the images one after the other into a file of bytes; those that cannot be read are left out. */
async function renderAll(
  path: string,
  images: readonly ListedImage[],
  size: ImageSize,
  onProgress: CacheOptions['onProgress'],
): Promise<{ kept: readonly ListedImage[]; skipped: readonly SkippedImage[] }> {
  const kept: ListedImage[] = [];
  const skipped: SkippedImage[] = [];
  const file = await open(path, 'w');
  try {
    for (let at = 0; at < images.length; at += CHUNK) {
      onProgress?.(at, images.length);
      const chunk = images.slice(at, at + CHUNK);
      const rendered = await concurrently(chunk, CONCURRENCY, (image) => renderOne(image, size));
      rendered.forEach((result, i) => {
        if (typeof result === 'string') skipped.push({ name: chunk[i].name, why: result });
        else kept.push(chunk[i]);
      });
      await file.writeFile(Buffer.concat(rendered.filter((result) => typeof result !== 'string')));
    }
    await file.sync();
  } finally {
    await file.close();
  }
  onProgress?.(images.length, images.length);
  return { kept, skipped };
}

/** An image's bytes, or why it cannot be read. */
async function renderOne(image: ListedImage, { height, width }: ImageSize): Promise<Uint8Array | string> {
  try {
    const pixels = await image.render();
    const wanted = height * width * 3;
    return pixels.length === wanted ? pixels : `it rendered to ${pixels.length} bytes in place of ${wanted}`;
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
}

async function openSet(path: string, index: Index): Promise<ImageSet> {
  const { count, height, width, classes, captions, skipped } = index;
  const bytes = height * width * 3;
  const common = {
    count,
    height,
    width,
    channels: 3,
    classes,
    captions,
    skipped,
    labels: Int32Array.from(index.labels),
  } as const;
  const check = (i: number): number => {
    if (!(i >= 0 && i < count)) throw new RangeError(`image ${i} of ${count}`);
    return i * bytes;
  };
  try {
    if (count * bytes <= IN_MEMORY) {
      const pixels = new Uint8Array(await readFile(path));
      const read: ImageSet['read'] = async (indices, into) => {
        for (let i = 0; i < indices.length; i++) {
          const from = check(indices[i]);
          into.set(pixels.subarray(from, from + bytes), i * bytes);
        }
      };
      return { ...common, read, close: async () => {} };
    }
    const file = await open(path, 'r');
    const read: ImageSet['read'] = async (indices, into) => {
      for (let i = 0; i < indices.length; i++) await file.read(into, i * bytes, bytes, check(indices[i]));
    };
    return { ...common, read, close: () => file.close() };
  } catch (error) {
    throw await fileError(error, 'read', path);
  }
}

/** Runs `work` on every item, `workers` at a time; results in order. */
async function concurrently<T, R>(items: readonly T[], workers: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const run = async (): Promise<void> => {
    while (next < items.length) {
      const i = next++;
      results[i] = await work(items[i]);
    }
  };
  await Promise.all(Array.from({ length: workers }, run));
  return results;
}

async function checkRoom(home: string, needed: number): Promise<void> {
  const free = await freeBytes(home);
  if (free === null || free > needed) return;
  throw new WeftError(
    `The rendered images need ${formatBytes(needed)} in ${home}, where ${formatBytes(free)} are free.`,
    'Free some space, or set XDG_CACHE_HOME to a folder on another disk.',
    3,
  );
}

/** Removes what renderings that were killed left behind, once it is a day old. */
async function dropLeftovers(home: string): Promise<void> {
  await mkdir(home, { recursive: true }).catch(async (error: unknown) => {
    throw await fileError(error, 'write', home);
  });
  for (const name of await readdir(home)) {
    if (!name.endsWith('.tmp')) continue;
    const found = await stat(join(home, name)).catch(() => null);
    if (found && Date.now() - found.mtimeMs > 86_400_000) await rm(join(home, name), { recursive: true, force: true });
  }
}

function skippedText({ skipped, count }: Index): string {
  const shown = skipped.slice(0, 5).map(({ name, why }) => `${name} (${why})`);
  const rest = skipped.length > 5 ? ` and ${skipped.length - 5} more` : '';
  return `${skipped.length} of ${count + skipped.length} images cannot be read and are left out: ${shown.join(', ')}${rest}.`;
}

function noneReadable(skipped: readonly SkippedImage[]): WeftError {
  const [first] = skipped;
  return new WeftError(
    first
      ? `None of the ${skipped.length} images can be read; the first, ${first.name}: ${first.why}.`
      : 'There are no images.',
    'Check the data section of the recipe.',
  );
}
