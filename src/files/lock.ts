/** A lock is a file that names the process that holds it. The lock of a dead process can be taken over. */
import {
  accessSync,
  closeSync,
  constants,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { codeOf } from './file-error';
import { holderOf, isGone, thisProcess, type Holder } from './holder';

/** A lock that this process holds. */
export interface Lock {
  readonly held: true;
  /** Another process that has the lock now: the folder was replaced, or this process looked dead. Null if there is none. */
  taker(): Holder | null;
  release(): void;
}

/** A lock that another process holds. */
export interface Taken {
  readonly held: false;
  readonly holder: Holder;
}

/** Milliseconds between the times a holder touches its lock, which shows other machines that it is alive. */
const beatMs = 30_000;

/** Takes the lock at `path`, in a folder that exists, unless a living process holds it. Throws what `node:fs` throws. */
export function takeLock(path: string): Lock | Taken {
  for (;;) {
    const self = tryLink(path);
    if (self) return lockOf(path, self);
    requireFile(path);
    const holder = holderOf(path);
    if (!holder) continue;
    if (!isGone(holder, path, () => diskTime(path))) return { held: false, holder };
    drop(path, holder);
  }
}

/** What is neither a lock nor gone would be looked at for ever, and a pipe would never be read to its end. */
function requireFile(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (found.isFile()) return accessSync(path, constants.R_OK);
  const what = found.isDirectory() ? 'a folder' : found.isSymbolicLink() ? 'a link' : 'no file';
  throw new WeftError(`${path} is ${what}, where a lock is to be.`, 'Remove it, or move it to another place.');
}

function lockOf(path: string, { token }: Holder): Lock {
  const beat = setInterval(() => {
    try {
      touch(path);
    } catch {
      // The folder is gone; the next write into it reports that.
    }
  }, beatMs).unref();
  const taker = (): Holder | null => {
    const holder = holderOf(path);
    return holder && holder.token !== token ? holder : null;
  };
  const release = (): void => {
    clearInterval(beat);
    try {
      if (holderOf(path)?.token === token) rmSync(path, { force: true });
    } catch {
      // The disk cannot be written to any more; the lock becomes void when this process ends.
    }
  };
  return { held: true, taker, release };
}

/** A link is created whole or not at all, so a lock is never seen without its holder. Null if another process has the lock. */
function tryLink(path: string): Holder | null {
  const own = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}`;
  try {
    const self = thisProcess(path);
    writeFileSync(own, JSON.stringify(self));
    linkOrWrite(own, path);
    return self;
  } catch (e) {
    if (codeOf(e) === 'EEXIST') return null;
    throw e;
  } finally {
    rmSync(own, { force: true });
  }
}

/** On disks without links, a lock is seen empty for a moment. */
function linkOrWrite(own: string, path: string): void {
  try {
    linkSync(own, path);
  } catch (e) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(e) ?? '')) throw e;
    writeFileSync(path, readFileSync(own), { flag: 'wx' });
  }
}

/** Moves a dead holder's lock aside; if another process has just taken the lock, puts that one back. */
function drop(path: string, dead: Holder): void {
  const aside = `${path}.stale.${process.pid}-${Math.random().toString(36).slice(2)}`;
  try {
    renameSync(path, aside);
    const moved = holderOf(aside);
    if (moved && moved.token !== dead.token) linkSync(aside, path);
  } catch {
    // Another process was faster; the next round looks again.
  }
  rmSync(aside, { force: true });
}

/** Writes the first byte once more, so that the disk's clock stamps the file. */
function touch(path: string): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, '{', 0);
  } finally {
    closeSync(file);
  }
}

/** The time by the clock of the disk, which also stamped another machine's lock. */
function diskTime(path: string): number {
  const probe = `${path}.now.${process.pid}-${Math.random().toString(36).slice(2)}`;
  try {
    writeFileSync(probe, '');
    return statSync(probe).mtimeMs;
  } finally {
    rmSync(probe, { force: true });
  }
}
