/** Allows only one set-up at a time per user, across processes. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from '../files/lock';

/** Runs `work` while holding `<folder>/<name>`; waits for another holder, takes over from a dead one. */
export async function withLock<T>(
  folder: string,
  name: string,
  work: () => Promise<T>,
  onWait: () => void = () => {},
): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  let lock = takeLock(path);
  if (!lock.held) onWait();
  while (!lock.held) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    lock = takeLock(path);
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}
