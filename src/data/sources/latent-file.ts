/** One file of latents: the number of its items, their labels, and each item on request. */
// Tested by test/data/sources/latents.test.ts.
import { someOf } from '../../compiler/diagnostics/counted';
import { reasonOf } from '../../files/file-error';
import { basename } from 'node:path';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import type { ImageSize } from '../image-set';
import { readNpy, readNpyHeader } from '../npy';
import { openSafetensors } from '../safetensors';

export interface LatentFile {
  readonly count: number;
  /** The class of every item, if the file has labels. */
  readonly labels: readonly number[] | null;
  /** Tensors of the file that are not read. */
  readonly unused: readonly string[];
  read(item: number): Promise<Float32Array>;
}

/** Opens a file and checks that its items have the given size. */
export function openLatents(path: string, size: ImageSize): Promise<LatentFile> {
  return /\.npy$/i.test(path) ? openArray(path, size) : openTensors(path, size);
}

async function openArray(path: string, size: ImageSize): Promise<LatentFile> {
  try {
    const header = await readNpyHeader(path);
    const { count, numbers } = itemsOf(path, header.shape, size);
    return { count, labels: null, unused: [], read: (item) => readNpy(path, header, item * numbers, numbers) };
  } catch (error) {
    if (error instanceof WeftError) throw error;
    throw new WeftError(`${path} cannot be read: ${reasonOf(error)}.`, 'Save it with np.save as float32.');
  }
}

/** The tensor of latents of a file is read when its first item is requested; the last file stays in memory. */
let last: { readonly path: string; readonly values: Promise<Float32Array> } | null = null;

async function openTensors(path: string, size: ImageSize): Promise<LatentFile> {
  const file = await openSafetensors(path);
  try {
    const name = latentName(path, file.names);
    const { count, numbers } = itemsOf(path, file.info(name).shape, size);
    const labels = file.names.includes('labels') ? await readLabels(path, file, count) : null;
    const unused = file.names.filter((n) => n !== name && n !== 'labels');
    const read = async (item: number): Promise<Float32Array> => {
      if (last?.path !== path) last = { path, values: readTensor(path, name) };
      return (await last.values).slice(item * numbers, (item + 1) * numbers);
    };
    return { count, labels, unused, read };
  } finally {
    await file.close();
  }
}

async function readTensor(path: string, name: string): Promise<Float32Array> {
  const file = await openSafetensors(path);
  try {
    const { data, dtype } = await file.read(name);
    if (dtype !== 'f32') throw new Error('its numbers are no floats');
    return Float32Array.from(data);
  } finally {
    await file.close();
  }
}

/** The tensor `latents`, or the only one beside `labels`. */
function latentName(path: string, names: readonly string[]): string {
  if (names.includes('latents')) return 'latents';
  const others = names.filter((name) => name !== 'labels');
  if (others.length === 1) return others[0];
  throw new WeftError(
    `${path} holds ${someOf(names, 8) || 'no tensor'}; which of them are the latents cannot be known.`,
    'Call the tensor `latents`.',
  );
}

/** More classes than any data set has; a list of them is kept. */
const mostClasses = 1_000_000;

async function readLabels(
  path: string,
  file: Awaited<ReturnType<typeof openSafetensors>>,
  count: number,
): Promise<readonly number[]> {
  const { data, shape } = await file.read('labels');
  const labels = Array.from(data, Number);
  if (labels.length === count && labels.every((n) => Number.isInteger(n) && n >= 0 && n < mostClasses)) return labels;
  throw new WeftError(
    `The labels [${shape.join(', ')}] of ${path} are not ${count} whole numbers from 0 to ${mostClasses - 1}.`,
    'Give each item the number of its class.',
  );
}

/** The number of items in a tensor, and of numbers per item, for the shape `[n, channels, height, width]`, or without n for one item. */
function itemsOf(path: string, shape: readonly number[], size: ImageSize): { count: number; numbers: number } {
  const item = [size.channels ?? 3, size.height, size.width];
  const isOne = shape.length === 3;
  const fits = (isOne ? shape : shape.slice(1)).join() === item.join() && (isOne || shape.length === 4);
  if (fits) return { count: isOne ? 1 : shape[0], numbers: item.reduce((a, b) => a * b, 1) };
  throw new WeftError(
    `${basename(path)} holds [${shape.join(', ')}]; the model takes latents [${item.join(', ')}], or many with their number in front.`,
    `Encode to that shape, or build the model for it (${path}).`,
  );
}
