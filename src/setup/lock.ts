/** Lets one set-up work at a time per user, across processes. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** A lock of another machine (a shared home folder) counts as left behind after this. */
const staleAfterMs = 30 * 60_000;

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
}

/** Runs `work` while holding `<folder>/<name>`; waits for another holder, takes over from a dead one. */
export async function withLock<T>(
  folder: string,
  name: string,
  work: () => Promise<T>,
  onWait: () => void = () => {},
): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, name);
  const self: Holder = {
    pid: process.pid,
    host: hostname(),
    token: `${process.pid}-${Math.random().toString(36).slice(2)}`,
  };
  for (let waited = false; !tryAcquire(lock, self);) {
    if (!waited) onWait();
    waited = true;
    dropIfStale(lock, self);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  try {
    return await work();
  } finally {
    if (readHolder(lock)?.token === self.token) rmSync(lock, { force: true });
  }
}

/** A link is made whole or not at all, so a lock is never seen without its holder. */
function tryAcquire(lock: string, self: Holder): boolean {
  const own = `${lock}.${self.token}`;
  writeFileSync(own, JSON.stringify(self));
  try {
    linkSync(own, lock);
    return true;
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw e;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Moves a dead holder's lock aside; when another process has just taken it, puts that one back. */
function dropIfStale(lock: string, self: Holder): void {
  const holder = readHolder(lock);
  if (!holder || !isStale(lock, holder)) return;
  const aside = `${lock}.stale.${self.token}`;
  try {
    renameSync(lock, aside);
    const moved = readHolder(aside);
    if (moved && moved.token !== holder.token) linkSync(aside, lock);
  } catch {
    // Another process was quicker; the next round looks again.
  }
  rmSync(aside, { force: true });
}

function isStale(lock: string, holder: Holder): boolean {
  if (holder.host !== hostname()) {
    try {
      return Date.now() - statSync(lock).mtimeMs > staleAfterMs;
    } catch {
      return false;
    }
  }
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function readHolder(path: string): Holder | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return null;
  }
}
