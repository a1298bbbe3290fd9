/** The process that holds a lock, and whether it is still alive, even if process numbers are reused, the machine restarts or the folder is copied. */
// Tested by test/files/lock.test.ts.
import { codeOf } from './file-error';
import { readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** The contents of a lock file. Facts that a system does not give are empty texts. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** An id of the machine's last start. */
  readonly boot: string;
  /** Its container: process numbers are unique only within one. */
  readonly space: string;
  /** The start time of the process, as the system counts. */
  readonly started: string;
  /** The path of the lock; in a copy of its folder the path differs. */
  readonly path: string;
  /** Tells apart two locks that one process took. */
  readonly token: string;
}

/** A lock of another machine counts as abandoned if nobody has touched it for this many milliseconds. */
export const staleAfterMs = 30 * 60_000;

/** This process as the holder of the lock at a path. */
export function thisProcess(path: string): Holder {
  const { pid } = process;
  const token = `${pid}-${Math.random().toString(36).slice(2)}`;
  return { pid, host: hostname(), boot: bootOf(), space: spaceOf(), started: startOf(pid), path: placeOf(path), token };
}

/** The holder that a lock file names; null if there is no file. A file without a valid holder counts as held by a dead process. */
export function holderOf(path: string): Holder | null {
  let text: string;
  try {
    // A pipe would be read for ever.
    if (!statSync(path).isFile()) return null;
    text = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  const nobody: Holder = { pid: 0, host: hostname(), boot: '', space: '', started: '', path: '', token: '' };
  try {
    return { ...nobody, ...(JSON.parse(text) as Partial<Holder>) };
  } catch {
    return nobody;
  }
}

/**
 * Whether the holder is gone. For another machine or container the only sign is how old the lock is: `now` is the time by the
 * clock of the disk that the lock is on.
 */
export function isGone(holder: Holder, path: string, now: () => number): boolean {
  if (holder.pid === 0) return true;
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return false;
  if (isCopy(holder, path)) return true;
  if (holder.host !== hostname()) return now() - stats.mtimeMs > staleAfterMs;
  // The machine with that name has restarted since.
  if (holder.boot !== '' && holder.boot !== bootOf()) return true;
  if (holder.space !== '' && holder.space !== spaceOf()) return now() - stats.mtimeMs > staleAfterMs;
  return !isRunning(holder.pid) || (holder.started !== '' && startOf(holder.pid) !== holder.started);
}

/** Whether the holder's own lock still exists elsewhere: then this one came with a copy of the folder. */
function isCopy(holder: Holder, path: string): boolean {
  if (holder.path === '' || holder.path === placeOf(path)) return false;
  if (holderOf(holder.path)?.token !== holder.token) return false;
  return statSync(holder.path).ino !== statSync(path).ino;
}

function placeOf(path: string): string {
  return join(
    textOf(() => realpathSync(dirname(path))),
    basename(path),
  );
}

/** Whether a process with this number runs here. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (e) {
    return codeOf(e) !== 'ESRCH';
  }
}

function bootOf(): string {
  return textOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
}

function spaceOf(): string {
  return textOf(() => readlinkSync('/proc/self/ns/pid'));
}

/** The 22nd field of /proc/PID/stat; the second may contain spaces and brackets. */
function startOf(pid: number): string {
  return textOf(() => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? '');
}

function textOf(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
