/** The sizes of pictures before they are scaled and cropped, and how scaling and cropping change them. */
// Tested by test/cli/data.test.ts.
import { nearestForm } from '../data/forms';
import type { ImageSize } from '../data/image-set';
import { isDrawing, pictureSize } from '../data/sources/render';
import type { PictureFiles } from './look-into-source';

export interface SizedPicture {
  readonly name: string;
  readonly height: number;
  readonly width: number;
}

export interface PictureSizes {
  readonly smallest: SizedPicture;
  readonly largest: SizedPicture;
  /** The most frequent form, width to height. */
  readonly form: { readonly ratio: string; readonly images: number };
  /** Number of pictures with a side shorter than the model's. */
  readonly enlarged: number;
  /** Number of pictures that lose more than a quarter of their area to cropping. */
  readonly cropped: number;
  /** The picture that loses the largest share of its area to cropping. */
  readonly mostCropped: { readonly name: string; readonly share: number };
  /** Number of pictures counted above; drawings have no pixels and are not included. */
  readonly images: number;
}

/** How many pictures are read at a time, and how many are read before progress is reported. */
const [together, soon] = [16, 2000];
/** The share of a picture's area above which cropping is reported. */
const large = 0.25;

/** Null if no picture has a size of its own. */
export async function pictureSizes(
  { names, open }: PictureFiles,
  size: ImageSize,
  onProgress?: (done: number, total: number) => void,
): Promise<PictureSizes | null> {
  const found: SizedPicture[] = [];
  for (let at = 0; at < names.length; at += together) {
    const part = names.slice(at, at + together);
    const sizes = await Promise.all(part.map((name) => sizeOf(name, open, size)));
    part.forEach((name, i) => sizes[i] && found.push({ name, ...sizes[i] }));
    if (names.length > soon) onProgress?.(Math.min(at + together, names.length), names.length);
  }
  if (found.length === 0) return null;
  const byArea = [...found].sort((a, b) => a.height * a.width - b.height * b.width);
  const cuts = found.map((picture) => ({ name: picture.name, share: cutShare(picture, size) }));
  return {
    smallest: byArea[0],
    largest: byArea[byArea.length - 1],
    form: mostCommon(found.map(formOf)),
    enlarged: found.filter(({ height, width }) => height < size.height || width < size.width).length,
    cropped: cuts.filter(({ share }) => share > large).length,
    mostCropped: cuts.reduce((a, b) => (b.share > a.share ? b : a)),
    images: found.length,
  };
}

/** How many pictures are nearest to the form of each of some sizes; one that cannot be opened counts for the first. */
export async function countForms(
  { names, open }: PictureFiles,
  sizes: readonly ImageSize[],
): Promise<readonly number[]> {
  const counts = sizes.map(() => 0);
  for (let at = 0; at < names.length; at += together) {
    const found = await Promise.all(
      names.slice(at, at + together).map(async (name) => {
        const size = await pictureSize(await open(name), sizes[0]).catch(() => null);
        return size ? nearestForm(size, sizes) : 0;
      }),
    );
    for (const form of found) counts[form]++;
  }
  return counts;
}

/** Null for a drawing, and for a picture that no longer exists. */
async function sizeOf(
  name: string,
  open: PictureFiles['open'],
  size: ImageSize,
): Promise<{ height: number; width: number } | null> {
  try {
    const picture = await open(name);
    if (await isDrawing(picture)) return null;
    const { height, width } = await pictureSize(picture, size);
    return { height, width };
  } catch {
    return null;
  }
}

/** The share of a picture's area that is cropped when it is scaled to cover a size. */
function cutShare({ height, width }: ImageSize, size: ImageSize): number {
  const [own, wanted] = [width / height, size.width / size.height];
  return 1 - Math.min(own, wanted) / Math.max(own, wanted);
}

/** The largest second number of a form, such as 9 in 16:9. */
const mostParts = 16;

/** `4:3` if the sides agree up to rounding to whole pixels; else `1.37:1`. */
function formOf({ height, width }: ImageSize): string {
  for (let q = 1; q <= mostParts; q++) {
    const p = Math.round((width * q) / height);
    if (p >= 1 && Math.abs(width - (height * p) / q) < 1 && Math.abs(height - (width * q) / p) < 1) return `${p}:${q}`;
  }
  return `${(width / height).toFixed(2)}:1`;
}

function mostCommon(forms: readonly string[]): PictureSizes['form'] {
  const counts = new Map<string, number>();
  for (const form of forms) counts.set(form, (counts.get(form) ?? 0) + 1);
  const [[ratio, images]] = [...counts].sort(([, a], [, b]) => b - a);
  return { ratio, images };
}
