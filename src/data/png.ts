/** Pictures as files (PNG, JPEG or WebP, by their names): grids of samples, and drawings given as SVG. */
import sharp, { type Sharp } from 'sharp';
import { countRange, requireInRange, sizeRange } from '../compiler/bind/number-range';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { kindOf, requireOptions, requirePath } from '../compiler/diagnostics/require-kind';
import { writeFileAtomic } from '../files/atomic';

export interface Images {
  /** [images, 3, height, width], or with 1 channel for grey */
  readonly shape: readonly number[];
  /** Floats in [-1, 1] (others are clipped) or bytes. */
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
}

export interface GridOptions {
  /** Images per row; by default the grid is nearly square. */
  readonly columns?: number;
  /** Each pixel becomes a square with sides of this many pixels. */
  readonly scale?: number;
  /** White pixels between images; 2 by default. A single image has no border. */
  readonly gap?: number;
}

/** Samples as bytes: trunc(clip((x + 1) · 127.5 + 0.5, 0, 255)), computed in float32; not-a-number gives 0. */
export function toBytes(x: ArrayLike<number>): Uint8Array {
  const out = new Uint8Array(x.length);
  const { fround } = Math;
  for (let i = 0; i < x.length; i++) {
    const level = fround(fround(fround(fround(x[i]) + 1) * 127.5) + 0.5);
    out[i] = Math.trunc(Math.min(255, Math.max(0, level)));
  }
  return out;
}

/** Name endings of the pictures that can be written. */
export const pictureFormats = ['png', 'jpg', 'jpeg', 'webp'] as const;

/** The format for a file of this name; null for other endings. */
export function pictureFormatOf(path: string): (typeof pictureFormats)[number] | null {
  return pictureFormats.find((format) => path.toLowerCase().endsWith(`.${format}`)) ?? null;
}

/** Refuses names whose ending is not a picture format. */
export function checkPicturePath(path: string): void {
  if (pictureFormatOf(path) !== null) return;
  throw new WeftError(
    `${path} is no picture that is written (${pictureFormats.map((f) => `.${f}`).join(', ')}).`,
    'Name one of these with --out.',
    2,
  );
}

/** The longest side in pixels that a picture of each format can have; of PNG, far more than can be looked at. */
const longestSides: { readonly [F in (typeof pictureFormats)[number]]: number } = {
  png: 10_000_000,
  jpg: 65_500,
  jpeg: 65_500,
  webp: 16_383,
};

/** Refuses a grid of images `[n, channels, height, width]` that is too large for the format of the name. */
export function requireGridFits(path: string, shape: readonly number[], options: GridOptions = {}): void {
  const format = pictureFormatOf(path) ?? 'png';
  const { scale = 1 } = options;
  const { height, width } = gridSize(shape, options);
  const most = longestSides[format];
  if (Math.max(height, width) * scale <= most) return;
  const other = format === 'png' ? '' : ', or name a .png';
  throw new WeftError(
    `${path} would be a picture of ${width * scale}x${height * scale} pixels; the sides of a .${format} have at most ${most}.`,
    `Put fewer images into one file${other}.`,
    2,
  );
}

/** The sides of a grid before it is scaled, and what lies between its images. */
export function gridSize(
  [count, , h, w]: readonly number[],
  { columns = Math.ceil(Math.sqrt(count)), gap: between = 2 }: GridOptions,
): { readonly across: number; readonly gap: number; readonly height: number; readonly width: number } {
  const across = Math.min(count, columns);
  const gap = count === 1 ? 0 : between;
  return { across, gap, height: Math.ceil(count / across) * (h + gap) + gap, width: across * (w + gap) + gap };
}

/** JPEG loses a little detail; the other formats lose nothing. */
const jpeg = (picture: Sharp): Sharp => picture.jpeg({ quality: 95, chromaSubsampling: '4:4:4' });
const encoders: { readonly [F in (typeof pictureFormats)[number]]: (picture: Sharp) => Sharp } = {
  png: (picture) => picture.png(),
  jpg: jpeg,
  jpeg,
  webp: (picture) => picture.webp({ lossless: true }),
};

/** Writes images as one picture, row by row, in the format of the name, else as PNG. */
export async function writeImageGrid(path: string, images: Images, options: GridOptions = {}): Promise<void> {
  requirePath(path);
  requireOptions(options);
  const { columns = 1, scale: size = 1, gap: between = 0 } = options;
  for (const [name, value] of Object.entries({ columns, scale: size })) requireInRange(name, value, sizeRange);
  requireInRange('gap', between, countRange);
  requireImages(images);
  requireGridFits(path, images.shape, options);
  const { pixels, height, width } = imageGrid(images, options);
  const scale = options.scale ?? 1;
  const picture = sharp(pixels, { raw: { height, width, channels: 3 }, limitInputPixels: false }).resize(
    width * scale,
    height * scale,
    {
      kernel: 'nearest',
      fit: 'fill',
    },
  );
  await writePicture(path, picture);
}

/** Writes a picture in the format of the name, else as PNG. */
export async function writePicture(path: string, picture: Sharp): Promise<void> {
  await writeFileAtomic(path, await encoders[pictureFormatOf(path) ?? 'png'](picture).toBuffer());
}

/** Writes an SVG drawing as a PNG of `scale` times its size. */
export async function writeSvgAsPng(path: string, svg: string, scale = 1): Promise<void> {
  await writeFileAtomic(
    path,
    await sharp(Buffer.from(svg), { density: 72 * scale })
      .flatten({ background: 'white' })
      .png()
      .toBuffer(),
  );
}

/** The images side by side on white, as bytes [height, width, 3]. */
export function imageGrid(
  images: Images,
  options: GridOptions = {},
): { pixels: Uint8Array; height: number; width: number } {
  requireImages(images);
  const [count, channels, h, w] = images.shape;
  const bytes =
    images.data instanceof Uint8Array
      ? images.data
      : images.data instanceof Int32Array
        ? Uint8Array.from(images.data)
        : toBytes(images.data);
  const { across: columns, gap, height, width } = gridSize(images.shape, options);
  const pixels = new Uint8Array(height * width * 3).fill(255);
  for (let i = 0; i < count; i++) {
    const [top, left] = [gap + Math.floor(i / columns) * (h + gap), gap + (i % columns) * (w + gap)];
    for (let c = 0; c < 3; c++) {
      for (let y = 0; y < h; y++) {
        const from = ((i * channels + (c % channels)) * h + y) * w;
        const to = ((top + y) * width + left) * 3 + c;
        for (let x = 0; x < w; x++) pixels[to + 3 * x] = bytes[from + x];
      }
    }
  }
  return { pixels, height, width };
}

/** What a program gives may be anything. */
function requireImages(images: Images): void {
  if (!Array.isArray(images?.shape) || !ArrayBuffer.isView(images.data))
    throw new WeftError(`Images as sample(…) gives them were expected, not ${kindOf(images)}.`, null, 2);
  const [count, channels, h, w] = images.shape;
  const fits = images.shape.length === 4 && images.data.length === count * channels * h * w;
  if (fits && (channels === 1 || channels === 3) && count >= 1) return;
  throw new WeftError(
    `Images [n, 3, height, width] or [n, 1, height, width] were expected, not [${images.shape.join(', ')}] with ${images.data.length} numbers.`,
  );
}
