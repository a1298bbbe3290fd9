/** Renders listed images to the bytes that are kept. */
// Tested by test/data/image-set.test.ts.
import { availableParallelism } from 'node:os';
import { counted } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { printable } from '../compiler/diagnostics/printable';
import { formatTwoSizes, freeBytes, messageOf } from '../files/file-error';
import { greyOf } from './grey';
import { bytesOf, type ImageIndex } from './image-index';
import type { ListedImage, ListedImages, SkippedImage } from './image-set';

/** The size and number type of a stored image. */
export type PixelShape = Pick<ImageIndex, 'height' | 'width' | 'channels' | 'numbers'>;

/** Images rendered at a time: sharp computes in the threads of Node's pool, of which there are four unless UV_THREADPOOL_SIZE says otherwise. */
export const concurrency = Math.max(2, Math.min(availableParallelism(), Number(process.env.UV_THREADPOOL_SIZE) || 4));

/** An image's bytes, or the reason why it cannot be read. */
export async function renderOne(image: ListedImage, shape: PixelShape): Promise<Uint8Array | string> {
  try {
    const bytes = await image.render();
    const isGrey = shape.numbers === 'levels' && shape.channels === 1;
    const pixels = isGrey ? greyOf(bytes) : bytes;
    const wanted = bytesOf(shape);
    return pixels.length === wanted ? pixels : `it rendered to ${pixels.length} bytes in place of ${wanted}`;
  } catch (error) {
    return messageOf(error).split('\n')[0];
  }
}

/** Runs `work` on every item, `workers` at a time; the results are in order. */
export async function concurrently<T, R>(
  items: readonly T[],
  workers: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
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

/** Refuses to render more than the disk has room for. */
export async function checkRoom(home: string, needed: number): Promise<void> {
  const free = await freeBytes(home);
  if (free === null || free > needed) return;
  const [wanted, left] = formatTwoSizes(needed, free);
  throw new WeftError(
    `The rendered images need ${wanted} in ${home}, where ${left} are free.`,
    'Free some space, or set XDG_CACHE_HOME to a folder on another disk.',
    3,
  );
}

/** The error for a set without a readable image. */
export function noneReadable(skipped: readonly SkippedImage[]): WeftError {
  const [first] = skipped;
  return new WeftError(
    first
      ? `None of ${counted(skipped.length, 'image')} can be read; the first, ${first.name}: ${first.why}.`
      : 'There are no images.',
    'Check the data section of the recipe.',
  );
}

/** Classes without a readable image: they keep their numbers, so that the other classes keep theirs. */
export function emptyClasses(
  { classes, elsewhere }: Pick<ListedImages, 'classes' | 'elsewhere'>,
  kept: readonly ListedImage[],
): string[] {
  const shown = new Set(kept.map((image) => image.label));
  return classes.flatMap((name, i) =>
    shown.has(i) || elsewhere?.has(i)
      ? []
      : [`Class ${printable(name)} has no image that can be read; it keeps its number, ${i}, and is never trained.`],
  );
}
