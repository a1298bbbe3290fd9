/** Pictures in the rows of Parquet files: a column of their bytes, beside columns of captions and classes. */
import { basename, resolve } from 'node:path';
import { someOf } from '../../compiler/diagnostics/counted';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import type { ImageListing, ImageSize } from '../image-set';
import { findShards } from '../shards/find-shards';
import { packedImages, type Packed, type PackedImage } from '../shards/packed';
import { openParquet, type ParquetColumns, type ParquetFile } from '../shards/parquet-file';
import { fileFacts, type FolderOptions } from './folder';

/** The Parquet files of a path (one, a folder of them, or a pattern); their pictures are scaled and cropped as those of folders. */
export async function parquetImages(
  { path, image, text, label }: { readonly path: string } & ParquetColumns,
  size: ImageSize,
  { captions = false, onListing }: FolderOptions = {},
): Promise<ImageListing> {
  const shards = await findShards(resolve(path), '.parquet');
  const columns = { image, text, label };
  return {
    facts: { kind: 'parquet', shards: await fileFacts('', shards), columns, captions },
    list: async () => {
      const packed = await readFiles({ path: resolve(path), shards, columns }, { captions, onListing });
      return packedImages(packed, size, captions);
    },
  };
}

/** Reads the description of every file: what is no Parquet file, or lacks a column, is refused. */
export async function checkParquet({ path, ...columns }: { readonly path: string } & ParquetColumns): Promise<void> {
  for (const shard of await findShards(path, '.parquet')) await openParquet(shard, columns);
}

interface Asked {
  readonly path: string;
  readonly shards: readonly string[];
  readonly columns: ParquetColumns;
}

async function readFiles(
  { path, shards, columns }: Asked,
  { captions = false, onListing }: FolderOptions,
): Promise<Packed> {
  const images: PackedImage[] = [];
  const unread = new Set<string>();
  let before: { readonly shard: string; readonly file: ParquetFile } | null = null;
  for (const shard of shards) {
    const file = await openParquet(shard, columns);
    if (before && before.file.classes?.join('\n') !== file.classes?.join('\n')) throw otherClasses(before.shard, shard);
    before = { shard, file };
    const rows = await file.rows(captions);
    for (const [row, { caption, class: of }] of rows.entries())
      images.push({ name: `${basename(shard)}/${row}`, caption, class: of, bytes: () => file.picture(row) });
    for (const name of file.unread) unread.add(name);
    onListing?.(images.length);
  }
  if (images.length === 0) {
    throw new WeftError(
      `The Parquet files of ${path} have no rows.`,
      'Check the path in the data section of the recipe.',
    );
  }
  const hasNoClass = images.every((image) => image.class === null);
  const names = [...unread];
  const notes = names.length > 0 ? [`Columns that are not read: ${someOf(names, 8)}.`] : [];
  const classes = hasNoClass ? null : (before?.file.classes ?? null);
  return { path, images, classes, left: { files: [], notes: [] }, notes };
}

function otherClasses(one: string, other: string): WeftError {
  return new WeftError(
    `${one} and ${other} name other classes, or in another order.`,
    'Write both with the same names of classes.',
  );
}
