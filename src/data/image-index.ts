/** The index of a rendered image set: describes its pixels, with checksums of both, so that damage is found before training. */
// Tested by test/data/image-set.test.ts.
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { writeFileAtomic } from '../files/atomic';
import { fileSum, textSum } from '../files/checksums';
import { readWhole } from '../files/regular-file';

const indexSchema = z.object({
  height: z.int(),
  width: z.int(),
  channels: z.int(),
  numbers: z.enum(['levels', 'floats']),
  count: z.int().min(1),
  classes: z.array(z.string()),
  labels: z.array(z.int().min(0)),
  captions: z.array(z.string()),
  /** Images that could not be read, with their captions and their places among all that were listed. */
  skipped: z.array(z.object({ name: z.string(), why: z.string(), at: z.int(), caption: z.string() })),
  /** Other notes on how the images were read. */
  notes: z.array(z.string()),
  /** SHA-256 of the pixels, in hexadecimal. */
  pixels: z.string(),
  /** A digest of the files they were made from; absent for small sets and for sources that have none. */
  source: z.string().optional(),
});
export type ImageIndex = Readonly<z.infer<typeof indexSchema>>;

/** The number of bytes of one image. */
export function bytesOf({
  height,
  width,
  channels,
  numbers,
}: Pick<ImageIndex, 'height' | 'width' | 'channels' | 'numbers'>): number {
  return height * width * channels * (numbers === 'floats' ? 4 : 1);
}

/** The file with the bytes of all images, one after another. */
export const pixelsPath = (folder: string): string => join(folder, 'pixels.u8');
/** The longest index that is read, in bytes. */
const longest = 500_000_000;

const indexPath = (folder: string): string => join(folder, 'index.json');

/** Writes the index; its first line is a checksum of the rest. */
export async function writeIndex(folder: string, index: ImageIndex): Promise<void> {
  const text = JSON.stringify(index);
  await writeFileAtomic(indexPath(folder), `${textSum(text)}\n${text}`);
}

/** The index of a rendered set with undamaged pixels; null if there is none, or a text that says what is damaged. */
export async function readIndex(folder: string): Promise<ImageIndex | string | null> {
  if (!existsSync(folder)) return null;
  const [sum, text] = (await readWhole(indexPath(folder), longest).catch(() => '')).toString().split('\n', 2);
  if (text === undefined || textSum(text) !== sum) return 'its index is not what was written';
  const index = indexSchema.parse(JSON.parse(text));
  const size = await stat(pixelsPath(folder)).then(
    (found) => found.size,
    () => null,
  );
  if (size === null) return 'its pixels are missing';
  if (size !== index.count * bytesOf(index)) return `its pixels have ${size} bytes`;
  return (await fileSum(pixelsPath(folder))).sha256 === index.pixels ? index : 'its pixels are not what was written';
}

/** A fingerprint of the set: the pixels in their order, with their classes, and the captions if they are read. */
export function digestOf(index: ImageIndex, { captions }: { readonly captions: boolean }): string {
  const { pixels, classes, labels } = index;
  return textSum(JSON.stringify([pixels, classes, labels, captions ? index.captions : null]));
}
