/** Which process holds a lock, and whether it still lives: not fooled by a number that is used again, a restart or a copy. */
// Tested by test/files/lock.test.ts.
import { codeOf } from './file-error';
import { readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** What a lock file says of its holder. What a system does not tell is an empty text. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** The start of the machine that it runs on. */
  readonly boot: string;
  /** Its container: numbers of processes mean something only within one. */
  readonly space: string;
  /** When the process started, as the system counts. */
  readonly started: string;
  /** Where the lock lies; a copy of its folder has another place. */
  readonly path: string;
  /** Tells two takings of one process apart. */
  readonly token: string;
}

/** A lock of another machine counts as left behind when nobody has touched it for so long. */
export const staleAfterMs = 30 * 60_000;

/** This process as the holder of the lock at a path. */
export function thisProcess(path: string): Holder {
  const { pid } = process;
  const token = `${pid}-${Math.random().toString(36).slice(2)}`;
  return { pid, host: hostname(), boot: bootOf(), space: spaceOf(), started: startOf(pid), path: placeOf(path), token };
}

/** The holder that a lock file names; null where there is no file. A file that makes no sense names a dead process. */
export function holderOf(path: string): Holder | null {
  let text: string;
  try {
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
 * Whether the holder is gone. Of another machine or container only its silence tells: `now` is the time by the clock of the
 * disk that the lock lies on.
 */
export function isGone(holder: Holder, path: string, now: () => number): boolean {
  if (holder.pid === 0) return true;
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return false;
  if (isCopy(holder, path)) return true;
  if (holder.host !== hostname()) return now() - stats.mtimeMs > staleAfterMs;
  // The machine of that name has restarted since.
  if (holder.boot !== '' && holder.boot !== bootOf()) return true;
  if (holder.space !== '' && holder.space !== spaceOf()) return now() - stats.mtimeMs > staleAfterMs;
  return !isRunning(holder.pid) || (holder.started !== '' && startOf(holder.pid) !== holder.started);
}

/** Whether the holder's own lock still lies elsewhere: then this one came with a copy of the folder. */
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

/** The 22nd field of /proc/PID/stat; the second may hold spaces and brackets. */
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
