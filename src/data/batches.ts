/** Training batches from an image set: every image once an epoch, in an order that the seed alone decides. */
import { counted } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { HostTensor } from '../backends/session';
import type { ImageSet } from './image-set';
import { coin, epochOrder } from './shuffle';

export interface BatchOptions {
  /** Images per batch. An epoch's last images share a batch with the first of the next. */
  readonly batch: number;
  readonly seed: number;
  /** The first step, from 0: a run resumed at step N gets the batches it would have got without stopping. */
  readonly startStep?: number;
  /** Mirrors every image left to right with probability one half. */
  readonly flip?: boolean;
}

export interface Batch {
  readonly step: number;
  /** How often the whole set was shown before this batch. */
  readonly epoch: number;
  /** f32 [batch, channels, height, width] in [-1, 1]: byte / 127.5 - 1. */
  readonly images: HostTensor;
  /** i32 [batch], indices into the set's classes. */
  readonly labels: HostTensor;
  readonly captions: readonly string[];
  /** The number of each image in the set, and whether it is mirrored. */
  readonly shown: readonly { readonly index: number; readonly mirrored: boolean }[];
}

/** Endless batches. The next one is read while the current one is in use. */
export async function* batches(set: ImageSet, options: BatchOptions): AsyncGenerator<Batch, never, void> {
  const { batch } = options;
  if (!Number.isInteger(batch) || batch < 1)
    throw new WeftError(`A batch of ${counted(batch, 'image')} cannot be made.`, 'Use a whole number from 1.');
  const orderOf = ordersOf(set.places?.count ?? set.count, options.seed);
  const start = options.startStep ?? 0;
  let next = readBatch(set, options, orderOf, start);
  for (let step = start; ; step++) {
    const current = await next;
    next = readBatch(set, options, orderOf, step + 1);
    // An error is thrown when the batch is awaited. Without this line, an error in a batch that nobody awaits would end the process.
    next.catch(() => {});
    yield current;
  }
}

/** The batch of one step. */
async function readBatch(
  set: ImageSet,
  { batch, seed, flip = false }: BatchOptions,
  orderOf: (epoch: number) => Uint32Array,
  step: number,
): Promise<Batch> {
  const { places } = set;
  const count = places?.count ?? set.count;
  const numbers = Array.from({ length: batch }, (_, i) => step * batch + i);
  const wanted = numbers.map((n) => orderOf(Math.floor(n / count))[n % count]);
  const indices = places ? await places.at(wanted) : wanted;
  const shown = indices.map((index, i) => ({ index, mirrored: flip && coin(seed, numbers[i]) }));
  return {
    step,
    epoch: Math.floor((step * batch) / count),
    images: await readImages(set, indices, (i) => shown[i].mirrored),
    labels: { shape: [batch], dtype: 'i32', data: Int32Array.from(indices, (i) => set.labels[i]) },
    captions: indices.map((i) => set.captions[i]),
    shown,
  };
}

/**
 * Images of a set, `[indices.length, channels, height, width]`. `mirrored` chooses those to mirror; `levels` gives a number for each
 * of the 256 bytes, from -1 to 1 by default. Numbers that are not levels are unchanged.
 */
export async function readImages(
  set: ImageSet,
  indices: readonly number[],
  mirrored: (i: number) => boolean = () => false,
  levels: Float32Array = signedLevels,
): Promise<HostTensor> {
  const { height, width, channels } = set;
  const shape = [indices.length, channels, height, width];
  const size = height * width * channels;
  if (set.numbers === 'floats') {
    const data = new Float32Array(indices.length * size);
    await set.read(indices, new Uint8Array(data.buffer));
    return { shape, dtype: 'f32', data };
  }
  const bytes = new Uint8Array(indices.length * size);
  await set.read(indices, bytes);
  const pixels = new Float32Array(bytes.length);
  const layout = { height: set.height, width: set.width, channels: set.channels };
  for (const i of indices.keys()) {
    const [from, to] = [i * size, (i + 1) * size];
    normalise(bytes.subarray(from, to), pixels.subarray(from, to), { ...layout, mirrored: mirrored(i), levels });
  }
  return { shape, dtype: 'f32', data: pixels };
}

/** byte / 255, for every byte: the values of masks. */
export const unsignedLevels = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/** byte / 127.5 - 1, for every byte. */
const signedLevels = Float32Array.from({ length: 256 }, (_, byte) => byte / 127.5 - 1);

/** The layout of an image's bytes, and the float for each byte. */
interface Reading extends Pick<ImageSet, 'height' | 'width' | 'channels'> {
  readonly mirrored: boolean;
  readonly levels: Float32Array;
}

/** Bytes [height, width, channels] to floats [channels, height, width]. */
function normalise(bytes: Uint8Array, out: Float32Array, { height, width, channels, mirrored, levels }: Reading): void {
  const plane = height * width;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + (mirrored ? width - 1 - x : x)) * channels;
      const to = y * width + x;
      for (let c = 0; c < channels; c++) out[to + c * plane] = levels[bytes[from + c]];
    }
  }
}

/** Orders by epoch. A batch needs the current epoch and those after it, so the last few are kept. */
function ordersOf(count: number, seed: number): (epoch: number) => Uint32Array {
  const kept = new Map<number, Uint32Array>();
  return (epoch) => {
    let order = kept.get(epoch);
    if (!order) {
      order = epochOrder(count, seed, epoch);
      kept.set(epoch, order);
      const [oldest] = kept.keys();
      if (kept.size > 3) kept.delete(oldest);
    }
    return order;
  };
}
