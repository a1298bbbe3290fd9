/** A digest of the files of a set of pictures, which tells changed files without decoding them. */
// Tested by test/data/late-images.test.ts.
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { ListedImages } from './image-set';

/** Of longer files only so many bytes at each end are read. */
export const sampledEnd = 1 << 15;

/** What is read of a file: its length, and bytes of it. */
export interface FileSample {
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** Files between two turns of everything else. */
const turn = 256;

/** A digest of the files in their order, with the classes, and with the captions if they are read. */
export async function contentDigest(
  { classes, images, captions }: Pick<ListedImages, 'classes' | 'images'> & { readonly captions: boolean },
  samples: readonly (() => FileSample | Promise<FileSample>)[],
  onProgress: (done: number, total: number) => void = () => {},
): Promise<string> {
  const sum = createHash('sha256');
  sum.update(JSON.stringify([classes, images.map(({ label }) => label)]));
  if (captions) sum.update(JSON.stringify(images.map(({ caption }) => caption)));
  for (let i = 0; i < samples.length; i++) {
    if (i % turn === 0) {
      onProgress(i, samples.length);
      await setImmediate();
    }
    const { size, bytes } = await samples[i]();
    sum.update(`\n${size}\n`).update(bytes);
  }
  onProgress(samples.length, samples.length);
  return sum.digest('hex');
}

/** Where the bytes of a picture lie in a file. */
export interface Stretch {
  readonly at: number;
  readonly size: number;
}

/** A file, or a stretch of it, as a whole, or the ends of a long one; nothing of a file that cannot be read. */
export function sampleFile(path: string, stretch?: Stretch): FileSample {
  let file: number | null = null;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = fstatSync(file);
    if (!stats.isFile()) return { size: 0, bytes: new Uint8Array(0) };
    const { at, size } = stretch ?? { at: 0, size: stats.size };
    const bytes = new Uint8Array(Math.min(size, 2 * sampledEnd));
    const head = size <= 2 * sampledEnd ? size : sampledEnd;
    readSync(file, bytes, 0, head, at);
    if (head < bytes.length) readSync(file, bytes, head, sampledEnd, at + size - sampledEnd);
    return { size, bytes };
  } catch {
    return { size: -1, bytes: new Uint8Array(0) };
  } finally {
    if (file !== null) closeSync(file);
  }
}
