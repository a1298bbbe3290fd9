/** Features of pictures on disk, in parts with checksums: work that was stopped goes on where it was, and any number of pictures fits into memory. */
// Tested by test/score/evaluate.test.ts.
import { dirname, join } from 'node:path';
import type { HostTensor } from '../backends/session';
import { coloured } from './coloured';
import { readSafetensors, writeSafetensors } from '../data/safetensors';
import { resizeImages, type ResizeRule } from '../data/resize';
import { cacheFolder, cacheKey } from '../files/cache';
import { makeCacheFolder } from '../files/cache-folder';
import type { Encoder, FeatureKind } from './encoder';
import type { FeatureParts } from './metrics/gaussian';
import type { FeatureRows } from './metrics/rows';
import type { PictureSource } from './picture-source';

export interface FeatureOptions {
  readonly resize: ResizeRule;
  /** The folder for cached features; the user's cache by default. */
  readonly cache?: string;
  /** Stops between calls of the network; finished parts are kept. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Features by what they are for. */
export type Features = ReadonlyMap<FeatureKind, FeatureParts>;

/** Pictures in a part; a part of 2,048 features has 4 MB. */
const partSize = 512;

/** Takes the features of all pictures that are not in the cache yet. */
export async function featuresOf(source: PictureSource, encoder: Encoder, options: FeatureOptions): Promise<Features> {
  const { resize, cache = cacheFolder(), onProgress = () => {} } = options;
  const key = cacheKey({ format: 1, partSize, resize, pictures: source.facts, extractor: encoder.facts });
  const parts = Array.from({ length: Math.ceil(source.count / partSize) }, (_, i) => ({
    path: join(cache, 'features', key, `${String(i).padStart(5, '0')}.safetensors`),
    first: i * partSize,
    count: Math.min(partSize, source.count - i * partSize),
  }));
  let isNew = false;
  for (const { path, first, count } of parts) {
    options.signal?.throwIfAborted();
    if (await readPart(path, encoder, count)) continue;
    if (!isNew) await makeCacheFolder(dirname(path));
    isNew = true;
    const pictures = await source.read(Array.from({ length: count }, (_, i) => first + i));
    const onRow = (done: number): void => onProgress(first + done, source.count);
    const features = await encodeAll(pictures, encoder, { ...options, onRow });
    await writeSafetensors(path, Object.fromEntries(features));
  }
  const kinds = Object.entries(encoder.widths) as [FeatureKind, number][];
  return new Map(
    kinds.map(([kind, width]) => [
      kind,
      {
        count: source.count,
        width,
        parts: async function* (): AsyncGenerator<FeatureRows> {
          for (const { path, count } of parts) {
            const part = await readPart(path, encoder, count);
            if (!part) throw new Error(`${path} was there and is damaged or gone`);
            yield { count, width, data: Float32Array.from(part[kind].data) };
          }
        },
      },
    ]),
  );
}

/** The features of a part; null if its file is missing, damaged or of another shape. */
async function readPart(path: string, { widths }: Encoder, count: number): Promise<Record<string, HostTensor> | null> {
  const found = await readSafetensors(path).catch(() => null);
  if (!found) return null;
  const isWhole = Object.entries(widths).every(
    ([kind, width]) => found.get(kind)?.shape.join() === `${count},${width}`,
  );
  return isWhole ? Object.fromEntries(found) : null;
}

async function encodeAll(
  pictures: readonly HostTensor[],
  encoder: Encoder,
  { resize, signal, onRow }: FeatureOptions & { readonly onRow: (done: number) => void },
): Promise<Map<FeatureKind, HostTensor>> {
  const { rows, height, width, widths } = encoder;
  const size = 3 * height * width;
  const kinds = Object.entries(widths) as [FeatureKind, number][];
  const all = new Map(kinds.map(([kind, n]) => [kind, new Float32Array(pictures.length * n)]));
  for (let first = 0; first < pictures.length; first += rows) {
    signal?.throwIfAborted();
    const some = pictures.slice(first, first + rows);
    const data = new Float32Array(some.length * size);
    some.forEach((picture, i) => data.set(resizeImages(coloured(picture), height, width, resize).data, i * size));
    const found = await encoder.encode({ shape: [some.length, 3, height, width], dtype: 'f32', data });
    for (const [kind, n] of kinds) all.get(kind)!.set(found.get(kind)!, first * n);
    onRow(Math.min(first + rows, pictures.length));
  }
  return new Map(
    [...all].map(([kind, data]) => [kind, { shape: [pictures.length, widths[kind] ?? 0], dtype: 'f32', data }]),
  );
}
