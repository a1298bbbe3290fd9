/** The index of a rendered image set: what its pixels are, with checksums of both, so that damage is seen before it is trained on. */
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
  /** Images that could not be read. */
  skipped: z.array(z.object({ name: z.string(), why: z.string() })),
  /** What else is worth knowing of how the images were read. */
  notes: z.array(z.string()),
  /** SHA-256 of the pixels. */
  pixels: z.string(),
});
export type ImageIndex = Readonly<z.infer<typeof indexSchema>>;

/** Bytes of one image. */
export function bytesOf({
  height,
  width,
  channels,
  numbers,
}: Pick<ImageIndex, 'height' | 'width' | 'channels' | 'numbers'>): number {
  return height * width * channels * (numbers === 'floats' ? 4 : 1);
}

/** The bytes of the images, one after the other. */
export const pixelsPath = (folder: string): string => join(folder, 'pixels.u8');
/** Bytes of the longest index that is read. */
const longest = 500_000_000;

const indexPath = (folder: string): string => join(folder, 'index.json');

/** Writes the index, with a checksum of itself in the first line. */
export async function writeIndex(folder: string, index: ImageIndex): Promise<void> {
  const text = JSON.stringify(index);
  await writeFileAtomic(indexPath(folder), `${textSum(text)}\n${text}`);
}

/** The index of a rendered set whose pixels are whole; null where there is none, or a word on what is damaged. */
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
