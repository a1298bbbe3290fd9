/** Reports pictures that show nothing: every pixel has one colour, for example black after weights grew too large. */
import { counted } from '../compiler/diagnostics/counted';
import type { HostTensor } from '../backends/session';
import { toBytes } from '../data/png';

/** A note on images `[count, channels, height, width]` as pictures; null if all of them show something. */
export function oneColourNote({ shape, data }: HostTensor): string | null {
  const [count, channels, height, width] = shape;
  const area = height * width;
  if (area === 1) return null;
  const levels = toBytes(data);
  const isFlat = (image: number): boolean =>
    Array.from({ length: channels }, (_, c) => (image * channels + c) * area).every((start) =>
      levels.subarray(start, start + area).every((level) => level === levels[start]),
    );
  const flat = Array.from({ length: count }, (_, image) => image).filter(isFlat);
  if (flat.length === 0) return null;
  const first = flat[0] * channels * area;
  const colour = Array.from({ length: channels }, (_, c) => levels[first + c * area]).join(', ');
  return `${flat.length} of ${counted(count, 'picture')} ${flat.length === 1 ? 'is' : 'are'} of one colour (levels ${colour} in the first): the weights may not be trained, or numbers grew beyond what a picture shows.`;
}
