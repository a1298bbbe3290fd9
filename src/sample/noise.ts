/** The noise that images start from. */
// Tested by test/sample/sample-images.test.ts.
import { totalmem } from 'node:os';
import type { HostTensor } from '../backends/session';
import { requireInRange, sizeRange } from '../compiler/bind/number-range';
import { requireList } from '../compiler/diagnostics/require-kind';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { bytes } from '../compiler/report/render';
import { normalDraws } from '../compiler/ops/philox';

/** Separates these draws from others with the same seed (initial values, training noise). */
const purpose = 0x6e6f6973;

/**
 * Standard normal noise `[count, ...shape]` for images `first`, `first + 1`, …; an image's noise depends on the seed and
 * its own number alone, so it is the same in any batch.
 */
export function imageNoise(seed: number, shape: readonly number[], count: number, first = 0): HostTensor {
  for (const [name, n] of Object.entries({ count, first })) requireInRange(name, n, { whole: true, min: 0 });
  const size = sizeOf(shape);
  requireNoiseRoom(count, size);
  return draws(seed, { shape, size, count }, (i) => first + i);
}

/** The noise of the images with these numbers, `[numbers.length, ...shape]`. */
export function noiseOf(seed: number, shape: readonly number[], numbers: readonly number[]): HostTensor {
  const size = sizeOf(shape);
  requireNoiseRoom(numbers.length, size);
  return draws(seed, { shape, size, count: numbers.length }, (i) => numbers[i]);
}

function sizeOf(shape: readonly number[]): number {
  requireList('The shape of an image', shape);
  for (const side of shape) requireInRange('A side of an image', side, sizeRange);
  return shape.reduce((a, b) => a * b, 1);
}

function draws(
  seed: number,
  { shape, size, count }: { readonly shape: readonly number[]; readonly size: number; readonly count: number },
  numberOf: (image: number) => number,
): HostTensor {
  requireInRange('seed', seed, { whole: true });
  const data = new Float32Array(count * size);
  for (let i = 0; i < count; i++) data.set(normalDraws([seed | 0, purpose], numberOf(i), size), i * size);
  return { shape: [count, ...shape], dtype: 'f32', data };
}

/** Separates these draws from those that images start from. */
const onTheWay = 0x73746570;

/** A numbered draw during sampling for the images with these numbers; it is the same in any batch and on every backend. */
export function imageDraws(
  { seed, draw }: { readonly seed: number; readonly draw: number },
  shape: readonly number[],
  images: readonly number[],
): HostTensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = new Float32Array(images.length * size);
  images.forEach((image, i) => data.set(normalDraws([seed | 0, (onTheWay + draw) | 0], image, size), i * size));
  return { shape: [images.length, ...shape], dtype: 'f32', data };
}

/** Refuses more images, of `size` numbers each, than fit into memory with their noise. Exit status 3. */
export function requireNoiseRoom(count: number, size: number): void {
  const needed = 2 * Float32Array.BYTES_PER_ELEMENT * count * size;
  if (needed <= totalmem()) return;
  throw new WeftError(
    `${count.toLocaleString('en-US')} images at once need about ${bytes(needed)}; this machine has ${bytes(totalmem())}.`,
    'Draw them in several calls, each with a seed of its own (--seed).',
    3,
  );
}
