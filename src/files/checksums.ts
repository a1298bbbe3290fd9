/** Checksums of files and texts, so that damage is found before they are used. */
// Tested by test/train/checkpoints.test.ts.
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { codeOf, fileError, formatTwoSizes } from './file-error';
import { openToRead } from './regular-file';

/** A file's size and the SHA-256 of its bytes, in hexadecimal. */
export interface FileSum {
  readonly bytes: number;
  readonly sha256: string;
}

/** Files by their path below a folder, with forward slashes. */
export type FolderSums = { readonly [path: string]: FileSum };

export function textSum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Reads the whole file; takes about a second per gigabyte. */
export async function fileSum(path: string): Promise<FileSum> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await openToRead(path);
  try {
    await pipeline(file.createReadStream({ highWaterMark: 1 << 20 }), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        hash.update(chunk);
      }
    });
  } catch (error) {
    throw await fileError(error, 'read', path);
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** The sums of every file below a folder. */
export async function folderSums(folder: string): Promise<FolderSums> {
  const paths = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const sums: [string, FileSum][] = [];
  for (const path of paths) sums.push([relative(folder, path).split(sep).join('/'), await fileSum(path)]);
  return Object.fromEntries(sums);
}

/** The first difference between a folder and its checksums: a file that is missing, or of another size or contents; null if there is none. */
export async function damageIn(folder: string, sums: FolderSums): Promise<string | null> {
  for (const [name, expected] of Object.entries(sums)) {
    const size = await sizeOf(join(folder, name));
    if (size === null) return `${name} is missing`;
    if (size !== expected.bytes) {
      const [found, wanted] = formatTwoSizes(size, expected.bytes);
      return `${name} has ${found} in place of ${wanted}`;
    }
  }
  for (const [name, expected] of Object.entries(sums)) {
    if ((await fileSum(join(folder, name))).sha256 !== expected.sha256) return `${name} is not what was written`;
  }
  return null;
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
    throw await fileError(error, 'read', path);
  }
}
