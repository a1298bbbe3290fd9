/** Sorts pictures by form: each belongs to the size whose aspect ratio is nearest to its own. */
import type { ImageSize } from './image-set';

/** Sizes, and which of them is asked for. */
export interface Form {
  readonly sizes: readonly ImageSize[];
  readonly index: number;
}

/** The index of the size whose aspect ratio is nearest, by the quotient of the ratios; the first of several. */
export function nearestForm({ height, width }: ImageSize, sizes: readonly ImageSize[]): number {
  const distance = (s: ImageSize): number => Math.abs(Math.log((s.width / s.height) * (height / width)));
  return sizes.reduce((best, s, i) => (distance(s) < distance(sizes[best]) - 1e-9 ? i : best), 0);
}
