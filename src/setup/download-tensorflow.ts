/** Downloads TensorFlow's wheel with pip, and keeps only its libraries and headers. */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cacheFolder } from '../files/cache';
import { downloadFolder, isLibraryFolder, tensorflowVersion, type TensorFlowLibrary } from './find-tensorflow';
import { onInterrupt } from './interrupted';
import { pipDownload } from './pip-download';
import type { SetupProgress } from './progress';
import type { Python } from './python';
import { readZipText, unzip } from './unzip';

/** Sizes of the wheels in bytes, for the progress bar only. */
const wheelBytes = { cpu: 274e6, cuda: 573e6 };

/**
 * Downloads TensorFlow into the per-user cache. All work happens in a temporary folder beside the final one, and
 * a single rename puts it in place, so an interrupted download leaves no incomplete library.
 */
export async function downloadTensorFlow(
  python: Python,
  cuda: boolean,
  progress: SetupProgress,
  env: NodeJS.ProcessEnv = process.env,
): Promise<TensorFlowLibrary> {
  const target = downloadFolder(cuda, env);
  mkdirSync(cacheFolder(env), { recursive: true });
  dropLeftovers(cacheFolder(env));
  const temporary = mkdtempSync(join(cacheFolder(env), `download-${process.pid}-`));
  const stop = onInterrupt(() => rmSync(temporary, { recursive: true, force: true }));
  try {
    const wheels = join(temporary, 'wheels');
    const requirement = `${cuda ? 'tensorflow' : 'tensorflow-cpu'}==${tensorflowVersion}`;
    const total = cuda ? wheelBytes.cuda : wheelBytes.cpu;
    const wheel = await pipDownload(python, requirement, wheels, { progress, total });
    const unpacked = join(temporary, 'unpacked');
    progress.step(`Unpacking the libraries and headers of ${basename(wheel)}`);
    await unzip(wheel, unpacked, isNeeded, byteCounter('Unpacking', progress));
    progress.endBytes();
    if (cuda) await addCuda(python, wheel, unpacked, progress);
    if (!isLibraryFolder(join(unpacked, 'tensorflow')))
      throw new Error(`${basename(wheel)} has no TensorFlow C library inside`);
    rmSync(target, { recursive: true, force: true });
    renameSync(unpacked, target);
  } finally {
    stop();
    rmSync(temporary, { recursive: true, force: true });
  }
  return { folder: join(target, 'tensorflow'), version: tensorflowVersion, source: 'download', cuda };
}

function isNeeded(name: string): boolean {
  return name.startsWith('tensorflow/include/') || /^tensorflow\/libtensorflow_(cc|framework)\.so\.2$/.test(name);
}

/**
 * CUDA's libraries and its assembler are separate wheels, which the extra `and-cuda` names. TensorFlow's run paths lead
 * from its folder to `../nvidia/…`, so the folders are laid out as in a Python. Wheels are handled one at a time: each is
 * deleted before the next is downloaded, since together they take gigabytes.
 */
async function addCuda(python: Python, wheel: string, unpacked: string, progress: SetupProgress): Promise<void> {
  const metadata = (await readZipText(wheel, (name) => name.endsWith('.dist-info/METADATA'))) ?? '';
  rmSync(wheel);
  const wheels = join(dirname(wheel), 'cuda');
  for (const requirement of cudaRequirements(metadata)) {
    const file = await pipDownload(python, requirement, wheels, { progress, total: null });
    await unzip(file, unpacked, (name) => name.startsWith('nvidia/') && !name.includes('/include/'));
    rmSync(wheels, { recursive: true });
  }
}

/** Reads requirements such as `nvidia-cudnn-cu12<10.0,>=9.3` from a wheel's METADATA. */
export function cudaRequirements(metadata: string): string[] {
  return [...metadata.matchAll(/^Requires-Dist:\s*([^;\n]+?)\s*;.*extra\s*==\s*['"]and-cuda['"]/gm)].map((m) =>
    m[1].replace(/[()\s]/g, ''),
  );
}

function byteCounter(label: string, progress: SetupProgress): (count: number) => void {
  let done = 0;
  return (count) => progress.bytes(label, (done += count), null);
}

/** Removes leftovers of a killed set-up. The caller holds the set-up lock, so no other set-up is running. */
function dropLeftovers(cache: string): void {
  for (const name of readdirSync(cache).filter((n) => n.startsWith('download-'))) {
    rmSync(join(cache, name), { recursive: true, force: true });
  }
}
