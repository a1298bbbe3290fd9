/** Opens files to read. Things that are not regular files (a pipe, a device, a socket, a folder) are refused by kind, and never block. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { requirePath } from '../compiler/diagnostics/require-kind';
import { codeOf, fileError, formatTwoSizes } from './file-error';

/** Opens a regular file to read. Without `O_NONBLOCK`, opening a pipe that nobody writes to would block. */
export async function openToRead(path: string): Promise<FileHandle> {
  requirePath(path);
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(async (error: unknown) => {
    throw codeOf(error) === 'ENXIO' ? notAFile(path, 'a socket or a device') : await fileError(error, 'read', path);
  });
  try {
    checkRegular(path, await file.stat());
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The bytes of a regular file, which may have at most `most` bytes. */
export async function readWhole(path: string, most: number): Promise<Buffer> {
  const file = await openToRead(path);
  try {
    const { size } = await file.stat();
    if (size > most) {
      const [found, limit] = formatTwoSizes(size, most);
      throw new WeftError(`${path} has ${found}; at most ${limit} are read.`, 'Check the path.');
    }
    return await file.readFile();
  } catch (error) {
    throw await fileError(error, 'read', path);
  } finally {
    await file.close();
  }
}

/** The bytes of a regular file, or of a stretch of it, read without waiting; null for more than `most`, and where they cannot be read. */
export function readSmall(
  path: string,
  most: number,
  stretch?: { readonly at: number; readonly size: number },
): Buffer | null {
  let file: number | null = null;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = fstatSync(file);
    const { at, size } = stretch ?? { at: 0, size: stats.size };
    if (!stats.isFile() || size > most) return null;
    const bytes = Buffer.alloc(size);
    return readSync(file, bytes, 0, size, at) === size ? bytes : null;
  } catch {
    return null;
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** Refuses everything that is not a regular file. */
export function checkRegular(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  throw notAFile(path, kindOf(stats));
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return stats.isCharacterDevice() || stats.isBlockDevice() ? 'a device' : 'no regular file';
}

function notAFile(path: string, kind: string): WeftError {
  return new WeftError(
    `${path} is ${kind}; a file was expected.`,
    kind === 'a folder' ? 'Name a file.' : 'Save it as a file first.',
  );
}
