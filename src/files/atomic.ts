/**
 * Files and folders that appear whole or not at all: written beside their place under another name, flushed to the disk,
 * then renamed. A finished one survives a power cut.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, constants, mkdir, mkdtemp, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { requirePath } from '../compiler/diagnostics/require-kind';
import { codeOf, fileError } from './file-error';
import { syncFile, syncFolder, syncTree } from './sync';

/** Writes a file. Missing folders above it are made; an existing file is replaced. */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  await writeBeside(path, (temporary) => writeFile(temporary, data));
}

/** Lets `write` make the file at a path beside `path`, and then puts it in place; an error leaves nothing behind. */
export async function writeBeside<T>(path: string, write: (temporary: string) => Promise<T>): Promise<T> {
  const pending = await beginFile(path);
  try {
    const result = await write(pending.temporary);
    await pending.commit();
    return result;
  } catch (error) {
    // The first error is reported, not one from the cleanup.
    await pending.discard().catch(() => {});
    throw await fileError(error, 'write', path);
  }
}

/** A file or folder being written under another name. */
export interface PendingFile {
  readonly temporary: string;
  /** Flushes it to the disk and gives it its final name. */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/** Chooses the name to write under. Links are followed. Devices and pipes cannot be replaced by a rename, so they are written directly. */
export async function beginFile(path: string): Promise<PendingFile> {
  requirePath(path);
  try {
    await makeFolder(dirname(path));
    const standing = await stat(path).catch(() => null);
    if (standing?.isDirectory()) throw isFolder(path);
    if (standing && !standing.isFile()) return { temporary: path, commit: async () => {}, discard: async () => {} };
    const target = standing ? await realpath(path) : path;
    const temporary = besideName(target);
    return {
      temporary,
      commit: async () => {
        await syncFile(temporary);
        await moveInto(temporary, target);
      },
      discard: () => rm(temporary, { force: true }),
    };
  } catch (error) {
    throw await fileError(error, 'write', path);
  }
}

/** Makes a folder: `fill` writes into one beside it, which then gets the name; an existing folder is replaced. */
export async function writeFolderAtomic<T>(path: string, fill: (temporary: string) => Promise<T>): Promise<T> {
  requirePath(path);
  const { temporary, commit, discard } = pendingFolder(path);
  try {
    const standing = await stat(path).catch(() => null);
    if (standing && !standing.isDirectory()) {
      throw new WeftError(
        `${path} is a file; a folder was to be written there.`,
        'Choose another name or move the file.',
      );
    }
    await makeFolder(temporary);
    const result = await fill(temporary);
    await commit();
    return result;
  } catch (error) {
    await discard().catch(() => {});
    throw await fileError(error, 'write', path);
  }
}

/** A folder that is filled under another name, `temporary`, which does not exist yet. */
export function pendingFolder(path: string): PendingFile {
  const temporary = besideName(path);
  return {
    temporary,
    commit: async () => {
      await syncTree(temporary);
      await replaceFolder(temporary, path);
      await syncFolder(dirname(path));
    },
    discard: () => rm(temporary, { recursive: true, force: true }),
  };
}

/** A new folder among the system's temporary ones; the caller removes it. */
export async function temporaryFolder(prefix = 'weft-'): Promise<string> {
  return mkdtemp(join(tmpdir(), prefix)).catch(async (error: unknown) => {
    if (codeOf(error) === 'ENOENT')
      throw new WeftError(
        `The folder for temporary files, ${tmpdir()}, does not exist.`,
        'Make it, or set TMPDIR to another.',
        3,
      );
    throw await fileError(error, 'write', tmpdir());
  });
}

/** A temporary folder to work in, which is removed afterwards in any case. */
export async function withTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await temporaryFolder();
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Makes the folder if needed and checks that files can be written into it, so that long work does not fail at its end. */
export async function ensureWritableFolder(path: string): Promise<void> {
  try {
    await makeFolder(path);
    await tryToWrite(path);
  } catch (error) {
    throw await fileError(error, 'write', path);
  }
}

/** Refuses a path where no file can be written, before the work whose result goes there. It makes no folder. */
export async function requireWritableFile(path: string): Promise<void> {
  requirePath(path);
  try {
    const standing = await stat(path).catch(() => null);
    if (standing?.isDirectory()) throw isFolder(path);
    if (standing && !standing.isFile()) return;
    let folder = dirname(path);
    while (!existsSync(folder)) folder = dirname(folder);
    // What exists is not made, but a file is refused.
    await makeFolder(folder);
    await tryToWrite(folder);
  } catch (error) {
    throw await fileError(error, 'write', path);
  }
}

async function tryToWrite(folder: string): Promise<void> {
  await access(folder, constants.W_OK | constants.X_OK);
  const probe = join(folder, besideName('probe'));
  await writeFile(probe, '');
  await rm(probe, { force: true });
}

function isFolder(path: string): WeftError {
  return new WeftError(`${path} is a folder; a file was to be written there.`, 'Name a file.');
}

/**
 * Makes a folder and those above it, and returns the first one it made, if any. It makes one at a time: Node's own recursive way
 * never ends if the system refuses a folder with the code for a missing parent, as below /proc.
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    await mkdir(path);
    await syncFolder(dirname(path));
    return path;
  } catch (error) {
    const parent = dirname(path);
    const code = codeOf(error);
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return undefined;
    if (code !== 'ENOENT' || parent === path || existsSync(parent)) throw error;
    const first = await makeFolder(parent);
    await makeFolder(path);
    return first;
  }
}

/** Gives a flushed file its final name, and flushes that too. */
export async function moveInto(temporary: string, target: string): Promise<void> {
  await rename(temporary, target);
  await syncFolder(dirname(target));
}

/** Removes a folder: its name first, so that a half-removed folder is never mistaken for a whole one. */
export async function removeFolder(path: string): Promise<void> {
  const aside = besideName(path);
  await rename(path, aside);
  await rm(aside, { recursive: true, force: true });
}

/** The process that made a hidden name; null for any other name. */
export function writerOf(name: string): number | null {
  const match = /^\..*\.(\d+)-[0-9a-f]{8}\.tmp$/.exec(name);
  return match && Number(match[1]);
}

/** A folder cannot replace a full one by a rename: the old one is moved aside first, and moved back if the new one cannot take its place. */
async function replaceFolder(temporary: string, path: string): Promise<void> {
  const aside = besideName(path);
  const moved = await rename(path, aside).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    },
  );
  try {
    await rename(temporary, path);
  } catch (error) {
    if (moved) await rename(aside, path).catch(() => {});
    throw error;
  }
  if (moved) await rm(aside, { recursive: true, force: true });
}

/** A hidden name in the same folder, so that the rename stays on one disk; long names are shortened to what file systems accept. */
function besideName(path: string): string {
  const tail = `.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  return join(dirname(path), `.${basename(path).slice(0, 50)}${tail}`);
}
