/** A run's folder has one owner at a time: the process that trains it, which holds a lock in it. */
import { existsSync, readdirSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { ensureWritableFolder, makeFolder, writerOf } from '../files/atomic';
import { fileError } from '../files/file-error';
import { holderOf, isGone, isRunning, type Holder } from '../files/holder';
import { takeLock, type Lock } from '../files/lock';
import { runPaths, type RunPaths } from './run-folder';

export interface RunOwner {
  readonly paths: RunPaths;
  /** Throws `LostRun` if another process owns the folder now, where nothing may be written any more. */
  requireOwned(): void;
  /** Lets another process continue the run. */
  release(): void;
  /** For a run that never began: removes everything that was made since it was owned, and releases it. */
  abandon(): Promise<void>;
}

/** Another process owns the folder of a run: the folder was replaced while it was trained, or the lock was taken over. */
export class LostRun extends WeftError {
  constructor(folder: string, { pid, host }: Holder) {
    super(
      `The folder ${folder} belongs to another training now, that of process ${pid}${host === hostname() ? '' : ` on ${host}`}: it was removed or replaced while this one went on.`,
      'This training has ended and writes nothing there. Give each run a folder of its own with --out.',
      3,
    );
  }
}

/** Makes the folder if needed and becomes its owner. Refuses while a living process owns it, which the message names. */
export async function ownRun(folder: string): Promise<RunOwner> {
  const paths = runPaths(folder);
  const made = await makeFolder(folder).catch(async (error: unknown) => {
    throw await fileError(error, 'write', folder);
  });
  try {
    await ensureWritableFolder(folder);
    const lock = await holdLock(paths);
    const requireOwned = (): void => {
      const taker = lock.taker();
      if (taker) throw new LostRun(folder, taker);
    };
    // Files that were here before are never touched.
    const { record, metrics, tensorboard, spec, checkpoints } = paths;
    const own = [record, metrics, tensorboard, spec, checkpoints].filter((path) => !existsSync(path));
    const abandon = async (): Promise<void> => {
      // The error to report is why the run did not begin, not one from the cleanup.
      const isOwned = lock.taker() === null;
      for (const path of isOwned ? own : []) await rm(path, { recursive: true, force: true }).catch(() => {});
      lock.release();
      if (made && isOwned) await removeMade(folder, made).catch(() => {});
    };
    return { paths, requireOwned, release: () => lock.release(), abandon };
  } catch (error) {
    if (made) await removeMade(folder, made).catch(() => {});
    throw error;
  }
}

/** Refuses a folder that a living process of this machine owns. `ownRun` finds other owners, since it can compare with the disk's clock. */
export function requireFree({ folder, lock }: RunPaths): void {
  const holder = holderOf(lock);
  if (holder && !isGone(holder, lock, () => Infinity)) throw owned(folder, lock, holder);
}

async function holdLock({ folder, lock: path }: RunPaths): Promise<Lock> {
  try {
    const lock = takeLock(path);
    if (lock.held) return lock;
    throw owned(folder, path, lock.holder);
  } catch (error) {
    throw await fileError(error, 'write', path);
  }
}

function owned(folder: string, lock: string, { pid, host }: Holder): WeftError {
  const own = host === hostname();
  const where = own ? '' : ` on ${host}`;
  const self = own && pid === process.pid ? ', this one' : '';
  return new WeftError(
    `The run in ${folder} is being trained by process ${pid}${where}${self}.`,
    `Wait for it, or stop it (kill ${pid}${where} saves first). If there is no such training, remove ${lock}.`,
    3,
  );
}

/** Removes leftovers of killed writers: all of them in folders that only the owner writes, elsewhere those of dead processes. */
export async function dropLeftovers({ folder, checkpoints, spec }: RunPaths): Promise<void> {
  for (const home of [checkpoints, spec, folder]) {
    const names = await readdir(home).catch(() => []);
    for (const name of names) {
      const writer = writerOf(name);
      if (writer === null || (home === folder && writer !== process.pid && isRunning(writer))) continue;
      await rm(join(home, name), { recursive: true, force: true });
    }
  }
}

/** Removes the folder, and those above it that were made for it, if they are empty. */
async function removeMade(folder: string, first: string): Promise<void> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (readdirSync(at).length > 0) return;
    await rmdir(at);
    if (at === resolve(first)) return;
  }
}
