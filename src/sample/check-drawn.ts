/** Checks images that were drawn: numbers that are not finite would be black, and pictures of one colour show nothing. */
import { counted } from '../compiler/diagnostics/counted';
import type { HostTensor } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { oneColourNote } from './one-colour';
import { isPicture } from './write-samples';

const remedy =
  'The weights are finite: numbers grew beyond 32-bit floats on the way. More steps, less guidance or an earlier checkpoint may help; `weft run --program denoise` shows which tap is the first.';

/**
 * Throws if images `[count, channels, height, width]` contain NaN or infinity; returns the images otherwise, and reports
 * pictures that show nothing, on stderr by default.
 */
export function checkDrawn(images: HostTensor, tell = warnOnStderr): HostTensor {
  const bad = countNotFinite(images);
  if (bad > 0)
    throw new WeftError(
      `What was drawn is not finite in ${bad} of ${counted(images.shape[0], 'image')}, so no picture was written.`,
      remedy,
    );
  const note = drawnNote(images);
  if (note !== null) tell(note);
  return images;
}

/** A note on images that are written in spite of a problem; null if there is none. */
export function drawnNote(images: HostTensor): string | null {
  const bad = countNotFinite(images);
  if (bad > 0)
    return `${bad} of ${counted(images.shape[0], 'image')} ${bad === 1 ? 'is' : 'are'} not finite, and black where they are pictures. ${remedy}`;
  return isPicture(images.shape[1]) ? oneColourNote(images) : null;
}

/** Where warnings go unless the caller takes them. */
export function warnOnStderr(note: string): void {
  console.error(`warning: ${note}`);
}

function countNotFinite({ shape, data }: HostTensor): number {
  const size = data.length / shape[0];
  const bad = new Set<number>();
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(Math.fround(data[i]))) bad.add(Math.floor(i / size));
  return bad.size;
}
