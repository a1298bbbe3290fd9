/** Explains the system's file errors: which path, why, how much room is left, and what to do. */
// Tested by test/files/atomic.test.ts.
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { isRecord } from './record';

/** The final path for a path under a hidden name: users look for this one. */
export function meantPath(path: string): string {
  return path
    .replace(/(^|\/)\.unproven-[^/]+\//g, '$1')
    .replace(/(^|\/)\.([^/]+)\.\d+-[0-9a-f]{8}\.tmp(?=\/|$)/g, '$1$2');
}

/** Turns an error of `node:fs` into a WeftError about `path`; other errors are returned unchanged. */
export async function fileError(error: unknown, doing: 'read' | 'write', path: string): Promise<unknown> {
  if (codeOf(error) !== 'ENOSPC' && codeOf(error) !== 'EDQUOT') return fileErrorAtOnce(error, doing, path);
  const free = await freeBytes(path);
  // The unfinished file may be gone by now, and its room free again.
  const left = free === null ? '' : `, which takes more than the ${formatBytes(free)} that are free`;
  return new WeftError(
    `The disk is full while writing ${meantPath(path)}${left}.`,
    'Free some space or choose another folder.',
    3,
  );
}

/** The same, but without free bytes for a full disk, since that would need waiting. */
export function fileErrorAtOnce(error: unknown, doing: 'read' | 'write', at: string): unknown {
  if (error instanceof WeftError) return error;
  const path = meantPath(at);
  switch (codeOf(error)) {
    case 'EFBIG':
      return new WeftError(`${path} grows larger than its file system allows.`, 'Choose a folder on another disk.', 3);
    case 'EACCES':
    case 'EPERM':
      return new WeftError(
        `There is no permission to ${doing} ${path}.`,
        'Change its permissions or choose another place.',
        3,
      );
    case 'EROFS':
      return new WeftError(`${path} lies on a read-only file system.`, 'Choose another folder.', 3);
    case 'ENOTDIR':
    case 'EEXIST':
      if (doing === 'read')
        return new WeftError(`${path} does not exist: what should be a folder in it is a file.`, 'Check the path.');
      return new WeftError(
        `${path} cannot be a folder: a file is in the way.`,
        'Choose another name or move the file.',
      );
    case 'ELOOP':
      return new WeftError(`${path} is a link that leads back to itself.`, 'Name a file, or mend the link.');
    case 'EISDIR':
      return new WeftError(`${path} is a folder; a file was expected.`, 'Name a file.');
    case 'ENOENT':
    case 'ESTALE':
      if (doing === 'read') return new WeftError(`${path} does not exist.`, 'Check the path.');
      return new WeftError(
        `The folder to write ${path} into is gone.`,
        'Was it moved or removed, or its disk taken away? Bring it back, or choose another.',
        3,
      );
    case 'EIO':
      return new WeftError(`The disk failed to ${doing} ${path}.`, 'Look at the disk, or choose another.', 3);
    case 'ENAMETOOLONG':
      return new WeftError(`The name ${path} is too long for the file system.`, 'Choose a shorter name.');
    case 'EMFILE':
    case 'ENFILE':
      return new WeftError(`Too many files are open to ${doing} ${path}.`, 'Raise the limit (ulimit -n).', 3);
    default:
      return error;
  }
}

/** The `code` of a system error (`ENOENT`), or null. */
export function codeOf(error: unknown): string | null {
  return isRecord(error) && typeof error.code === 'string' ? error.code : null;
}

/** How libraries that only repeat the system's own words spell its codes. */
const words: { readonly [code: string]: RegExp } = {
  ENOSPC: /no space left on device/i,
  EDQUOT: /disk quota exceeded/i,
  EROFS: /read-only file system/i,
  EACCES: /permission denied|operation not permitted/i,
  EFBIG: /file too large/i,
  EIO: /input\/output error/i,
  ENOENT: /no such file or directory/i,
};

/** The code that the words of an error mean, as an error that `fileError` explains; null if they mean none. */
export function codedByWords(message: string): { readonly code: string } | null {
  const code = Object.keys(words).find((c) => words[c].test(message));
  return code === undefined ? null : { code };
}

/** Free bytes on the disk of `path`, asked at its nearest existing folder; null if unknown. */
export async function freeBytes(path: string): Promise<number | null> {
  for (let folder = path; ; folder = dirname(folder)) {
    try {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    } catch {
      if (folder === dirname(folder)) return null;
    }
  }
}

/** A size for people: `312 bytes`, `4.2 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  const size = bytes / 1000 ** power;
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${units[power - 1]}`;
}

/** Two sizes for people that are compared; in bytes if they would read the same. */
export function formatTwoSizes(a: number, b: number): [string, string] {
  const [one, other] = [formatBytes(a), formatBytes(b)];
  const exact = (bytes: number): string => `${bytes.toLocaleString('en')} bytes`;
  return one === other && a !== b ? [exact(a), exact(b)] : [one, other];
}

/** The message of a failure, whatever was thrown: errors of other realms are not instances of this one's class. */
export function messageOf(error: unknown): string {
  const isError = typeof error === 'object' && error !== null && 'message' in error;
  return String(isError ? error.message : error);
}

/** The same inside another sentence, without a full stop of its own. */
export function reasonOf(error: unknown): string {
  return messageOf(error).replace(/\.$/, '');
}
