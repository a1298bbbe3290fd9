/** Downloads a package from the Python registry with pip, and shows progress. */
// Tested by test/setup/download-tensorflow.test.ts.
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SetupProgress } from './progress';
import type { Python } from './python';
import { lastLines, runCommand } from './run-command';

/** The wheels for all recent Pythons have the same C library, so the machine's own Python version does not matter. */
const wheelPython = ['--only-binary=:all:', '--python-version', '3.11'];

/** Downloads one wheel, without its dependencies, into the new folder `folder`; returns its path. `total` bytes are for the progress bar. */
export async function pipDownload(
  python: Python,
  requirement: string,
  folder: string,
  { progress, total }: { readonly progress: SetupProgress; readonly total: number | null },
): Promise<string> {
  mkdirSync(join(folder, 'pip'), { recursive: true });
  const label = `Downloading ${requirement.replace(/[<>].*/, '')}`;
  progress.step(`${label} with pip`);
  const args = [
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--no-cache-dir',
    '--disable-pip-version-check',
    '--progress-bar',
    'off',
  ];
  // pip writes into its temporary folder and then copies. With that folder inside ours, progress can be shown, and a failure leaves nothing.
  const watch = setInterval(() => progress.bytes(label, Math.min(folderBytes(folder), total ?? Infinity), total), 300);
  const result = await runCommand(python.program, [...args, ...wheelPython, '--dest', folder, requirement], {
    env: { TMPDIR: join(folder, 'pip') },
    timeoutMs: 3_600_000,
  });
  clearInterval(watch);
  progress.endBytes();
  if (result.status !== 0) throw new Error(`pip download ${requirement} failed:\n${lastLines(result)}`);
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
  if (!wheel) throw new Error(`pip download ${requirement} left no wheel`);
  return join(folder, wheel);
}

/** Bytes of all files in a folder. */
export function folderBytes(folder: string): number {
  let sum = 0;
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      sum += entry.isDirectory() ? folderBytes(path) : statSync(path).size;
    }
  } catch {
    // pip may remove its temporary files while they are being counted.
  }
  return sum;
}
