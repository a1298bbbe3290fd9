/** Writes what was drawn: pictures in colour or grey as one grid, numbers of any kind as tensors. */
// Tested by test/sample/check-drawn.test.ts.
import type { HostTensor } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { writeNpy } from '../data/npy';
import { pictureFormatOf, pictureFormats, writeImageGrid } from '../data/png';
import { writeSafetensors } from '../data/safetensors';

/** Refuses names that say of no format that is written. Asked before anything is drawn. */
export function checkSamplesPath(path: string): void {
  if (pictureFormatOf(path) !== null || isTensors(path)) return;
  throw new WeftError(
    `${path} is neither a picture that is written (${pictureFormats.map((f) => `.${f}`).join(', ')}) nor a .safetensors or .npy file.`,
    'Name one of these with --out.',
    2,
  );
}

/** Where samples of some channels go: the path asked for, which latents cannot have as a picture; else one that suits them. */
export function samplesPath(asked: string | undefined, channels: number): string {
  if (isPicture(channels)) return asked ?? 'samples.png';
  if (asked === undefined || isTensors(asked)) return asked ?? 'samples.safetensors';
  throw new WeftError(
    `The model draws latents of ${channels} channels, which are no picture: they cannot be written to ${asked}.`,
    'Name a .safetensors or .npy file with --out.',
    2,
  );
}

/** Whether images of so many channels can be looked at. */
export function isPicture(channels: number): boolean {
  return channels === 1 || channels === 3;
}

/** Images `[count, channels, height, width]`, by the ending of the path; pictures with `columns` in a row. */
export async function writeSamples(path: string, images: HostTensor, columns: number): Promise<void> {
  const { shape } = images;
  const data = Float32Array.from(images.data);
  if (path.endsWith('.safetensors')) return writeSafetensors(path, { images });
  if (path.endsWith('.npy')) return writeNpy(path, { shape, data });
  await writeImageGrid(path, { shape, data }, { columns, scale: gridScale(shape[3]) });
}

/** Pixels a side that make small images large enough to look at. */
export function gridScale(width: number): number {
  return Math.max(1, Math.round(96 / width));
}

function isTensors(path: string): boolean {
  return /\.(safetensors|npy)$/.test(path);
}
