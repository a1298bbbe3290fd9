/** Animations as files (WebP or GIF, by their names): grids of images, shown one after the other. */
import sharp, { type Sharp } from 'sharp';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { writeFileAtomic } from '../files/atomic';
import { gridSize, imageGrid, type GridOptions, type Images } from './png';

/** Name endings of the animations that can be written. */
export const animationFormats = ['webp', 'gif'] as const;
type AnimationFormat = (typeof animationFormats)[number];

/** The longest side in pixels that a frame of each format can have. */
const longestSides: { readonly [F in AnimationFormat]: number } = { webp: 16_383, gif: 65_535 };

/** How long a frame is shown, and the last one, in milliseconds. */
const [shown, lastShown] = [120, 2000];

/** WebP loses nothing; GIF has at most 256 colours. Both begin again at the end. */
const encoders: { readonly [F in AnimationFormat]: (pages: Sharp, delay: number[]) => Sharp } = {
  webp: (pages, delay) => pages.webp({ lossless: true, delay, loop: 0 }),
  gif: (pages, delay) => pages.gif({ delay, loop: 0 }),
};

/** The format for a file of this name; null for other endings. */
export function animationFormatOf(path: string): AnimationFormat | null {
  return animationFormats.find((format) => path.toLowerCase().endsWith(`.${format}`)) ?? null;
}

/** Refuses a grid of images `[n, channels, height, width]` that is too large for an animation of this format. */
export function requireFramesFit(path: string, shape: readonly number[], options: GridOptions): void {
  const { scale = 1 } = options;
  const { height, width } = gridSize(shape, options);
  const most = longestSides[animationFormatOf(path) ?? 'webp'];
  if (Math.max(height, width) * scale <= most) return;
  throw new WeftError(
    `${path} would be an animation of ${width * scale}x${height * scale} pixels; its sides have at most ${most}.`,
    'Draw fewer images at once.',
    2,
  );
}

/** Writes grids of images, at least one, as an animation in the format of the name, else as WebP. The last is shown for two seconds. */
export async function writeAnimation(path: string, frames: readonly Images[], options: GridOptions): Promise<void> {
  const { scale = 1 } = options;
  const grid = gridSize(frames[0].shape, options);
  const [height, width] = [grid.height * scale, grid.width * scale];
  const pixels = new Uint8Array(frames.length * 3 * height * width);
  // Each by itself: sharp would scale all of them as one picture.
  for (const [i, images] of frames.entries()) {
    const raw = { height: grid.height, width: grid.width, channels: 3 } as const;
    const frame = sharp(imageGrid(images, options).pixels, { raw, limitInputPixels: false });
    pixels.set(
      await frame.resize(width, height, { kernel: 'nearest', fit: 'fill' }).raw().toBuffer(),
      i * 3 * height * width,
    );
  }
  const raw = { height: height * frames.length, width, channels: 3, pageHeight: height } as const;
  const pages = sharp(pixels, { raw, limitInputPixels: false });
  const delay = frames.map((_, i) => (i === frames.length - 1 ? lastShown : shown));
  const encode = encoders[animationFormatOf(path) ?? 'webp'];
  await writeFileAtomic(path, await encode(pages, delay).toBuffer());
}
