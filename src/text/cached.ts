/** Keeps the features of captions in the user's cache, so that an encoder reads them only once. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readSafetensors, writeSafetensors } from '../data/safetensors';
import { cacheFolder, cacheKey } from '../files/cache';
import { makeCacheFolder } from '../files/cache-folder';
import type { PromptEncoder, Texts } from './encoder';

/** Part of the cache key; raised when the file format changes. */
const formatVersion = 2;

export interface CacheOptions {
  /** The folder for cached features; the user's cache by default. */
  readonly cache?: string;
  readonly onProgress?: (done: number, total: number) => void;
  /** Called if a file in the cache is damaged. */
  readonly onWarning?: (message: string) => void;
}

/** The features of texts: from the cache, or else from the encoder and then cached. */
export async function cachedTexts(
  encoder: PromptEncoder,
  texts: readonly string[],
  longest: number,
  { cache = cacheFolder(), onProgress, onWarning }: CacheOptions = {},
): Promise<Texts> {
  const key = cacheKey({ format: formatVersion, encoder: encoder.facts, longest, texts });
  const path = join(cache, 'texts', `${key}.safetensors`);
  const found = await readTexts(path, texts.length, encoder.width, onWarning);
  if (found) return found;
  // This comes before the encoding, which may take hours.
  await makeCacheFolder(dirname(path));
  const made = await encoder.encode(texts, longest, onProgress);
  const { counts, features, width, cut } = made;
  await writeSafetensors(path, {
    counts: { shape: [counts.length], dtype: 'i32', data: counts },
    features: { shape: [features.length / width, width], dtype: 'f32', data: features },
    cut: { shape: [], dtype: 'i32', data: Int32Array.of(cut) },
  });
  return made;
}

/** Null if there is no file, or if it does not fit. */
async function readTexts(
  path: string,
  count: number,
  width: number,
  warn: CacheOptions['onWarning'],
): Promise<Texts | null> {
  if (!existsSync(path)) return null;
  const tensors = await readSafetensors(path).catch(() => null);
  if (!tensors) warn?.(`${path} is damaged; what it held is computed again.`);
  const [counts, features, cut] = ['counts', 'features', 'cut'].map((name) => tensors?.get(name));
  if (!counts || !features || !cut || counts.data.length !== count || features.shape[1] !== width) return null;
  const read = Int32Array.from(counts.data);
  if (read.reduce((a, b) => a + b, 0) !== features.shape[0]) return null;
  return { counts: read, features: Float32Array.from(features.data), width, cut: cut.data[0] };
}
