/** Makes sure that written data is on the disk itself, so that a power cut after a rename does not leave empty files behind. */
// Tested by test/files/atomic.test.ts.
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './file-error';

/** Flushes a file's contents. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Errors of systems (Windows, some network disks) that do not flush folders and do not need it. */
const cannotSync: readonly (string | null)[] = ['EISDIR', 'EPERM', 'EINVAL', 'ENOTSUP', 'EACCES'];

/** Flushes a folder's list of names, so that renames and new entries last. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    await folder.sync().finally(() => folder.close());
  } catch (error) {
    if (!cannotSync.includes(codeOf(error))) throw error;
  }
}

/** Flushes a folder and everything in it, inner folders first. */
export async function syncTree(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) await syncTree(inner);
    else if (entry.isFile()) await syncFile(inner);
  }
  await syncFolder(path);
}
