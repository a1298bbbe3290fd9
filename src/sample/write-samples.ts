/** Writes samples: pictures in colour or grey as one grid, other numbers as tensors. */
// Tested by test/sample/check-drawn.test.ts.
import type { HostTensor } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { writeNpy } from '../data/npy';
import { pictureFormatOf, pictureFormats, requireGridFits, writeImageGrid } from '../data/png';
import { requireWritableFile } from '../files/atomic';
import { writeSafetensors } from '../data/safetensors';

/** Refuses names whose ending is not an output format; checked before anything is drawn. */
export function checkSamplesPath(path: string): void {
  if (pictureFormatOf(path) !== null || isTensors(path)) return;
  throw new WeftError(
    `${path} is neither a picture that is written (${pictureFormats.map((f) => `.${f}`).join(', ')}) nor a .safetensors or .npy file.`,
    'Name one of these with --out.',
    2,
  );
}

/** The path for samples with this many channels: the one asked for, unless latents would go into a picture; else a suitable default. */
export function samplesPath(asked: string | undefined, channels: number): string {
  if (isPicture(channels)) return asked ?? 'samples.png';
  if (asked === undefined || isTensors(asked)) return asked ?? 'samples.safetensors';
  throw new WeftError(
    `The model draws latents of ${channels} channels, which are no picture: they cannot be written to ${asked}.`,
    'Name a .safetensors or .npy file with --out.',
    2,
  );
}

/** Whether images with this many channels can be shown. */
export function isPicture(channels: number): boolean {
  return channels === 1 || channels === 3;
}

/** Refuses, before images of this shape are drawn, a path that they cannot be written to. */
export async function requireSamplesFit(path: string, shape: readonly number[], columns: number): Promise<void> {
  if (!isTensors(path)) requireGridFits(path, shape, { columns, scale: gridScale(shape[3]) });
  await requireWritableFile(path);
}

/** Writes images `[count, channels, height, width]` in the format of the path's ending; pictures with `columns` per row. */
export async function writeSamples(path: string, images: HostTensor, columns: number): Promise<void> {
  const { shape } = images;
  const data = Float32Array.from(images.data);
  if (path.endsWith('.safetensors')) return writeSafetensors(path, { images });
  if (path.endsWith('.npy')) return writeNpy(path, { shape, data });
  await writeImageGrid(path, { shape, data }, { columns, scale: gridScale(shape[3]) });
}

/** How many pixels wide each pixel is drawn, so that small images are large enough to see. */
export function gridScale(width: number): number {
  return Math.max(1, Math.round(96 / width));
}

/** Whether a path names a file of numbers. */
export function isTensors(path: string): boolean {
  return /\.(safetensors|npy)$/.test(path);
}
