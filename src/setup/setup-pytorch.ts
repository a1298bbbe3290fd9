/** Makes a Python environment with PyTorch in the user's cache, for the pytorch backend. */
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findPyTorch, requirePyTorch, type PythonWithTorch } from '../backends/pytorch/python';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { cacheFolder } from '../files/cache';
import { makeCacheFolder } from '../files/cache-folder';
import { onInterrupt } from './interrupted';
import { withLock } from './lock';
import { folderBytes } from './pip-download';
import { silentProgress } from './progress';
import { findPython } from './python';
import { lastLines, runCommand, type CommandResult } from './run-command';
import type { SetupOptions } from './setup';

/** What programs are tested with. */
const packages = ['torch==2.15.0', 'numpy', 'safetensors'];

export interface PyTorchReport {
  readonly python: string;
  /** The version of PyTorch. */
  readonly torch: string;
  /** Whether the environment was made now. */
  readonly made: boolean;
}

/** Uses the Python that WEFT_PYTHON names, or one that has PyTorch; else makes one. A second call finds it. */
export async function setUpPyTorch(options: SetupOptions = {}): Promise<PyTorchReport> {
  const { env = process.env, progress = silentProgress, download = true } = options;
  const found = findPyTorch(env);
  if (found.kind === 'fit') return reportOf(found, false);
  if (env.WEFT_PYTHON) requirePyTorch(env);
  if (!download) throw new WeftError('No Python with PyTorch is on this machine, and downloading is off.', wayOut, 3);
  await makeCacheFolder(cacheFolder(env));
  const waiting = (): void => progress.step('Another set-up is at work; waiting for it');
  return withLock(
    cacheFolder(env),
    'setup.lock',
    async () => {
      const meanwhile = findPyTorch(env);
      if (meanwhile.kind === 'fit') return reportOf(meanwhile, false);
      await makeEnvironment(env, progress);
      return reportOf(requirePyTorch(env), true);
    },
    waiting,
  );
}

const wayOut = 'Leave --no-download out, or name a Python that has PyTorch with WEFT_PYTHON.';

/** All work happens in a folder beside the final one, so that what is interrupted is never taken for an environment. */
async function makeEnvironment(env: NodeJS.ProcessEnv, progress: NonNullable<SetupOptions['progress']>): Promise<void> {
  const python = findPython();
  if (!python)
    throw new WeftError(
      'There is no Python 3 to make an environment with.',
      'Install Python 3.10 or later, with venv.',
      3,
    );
  const temporary = mkdtempSync(join(cacheFolder(env), `download-${process.pid}-`));
  const remove = (): void => rmSync(temporary, { recursive: true, force: true });
  const stop = onInterrupt(remove);
  const target = join(cacheFolder(env), 'python');
  const label = `Installing ${packages.join(', ')}`;
  const watch = setInterval(() => progress.bytes(label, folderBytes(temporary), null), 2000);
  try {
    const made = join(temporary, 'python');
    progress.step(`Making an environment of Python ${python.version}`);
    requireDone(
      await runCommand(python.program, ['-m', 'venv', made]),
      'Install the venv module of Python 3 (Debian: python3-venv).',
    );
    progress.step(`${label} with pip: about 6 GB on Linux, where PyPI has one build for CPUs and GPUs`);
    mkdirSync(join(temporary, 'pip'));
    const pip = ['-m', 'pip', 'install', '--no-cache-dir', '--disable-pip-version-check', '--progress-bar', 'off'];
    requireDone(
      await runCommand(join(made, 'bin', 'python'), [...pip, ...packages], {
        env: { TMPDIR: join(temporary, 'pip') },
        timeoutMs: 3_600_000,
      }),
      'The lines above are what pip said. A Python that has PyTorch can be named with WEFT_PYTHON.',
    );
    rmSync(target, { recursive: true, force: true });
    renameSync(made, target);
  } finally {
    clearInterval(watch);
    progress.endBytes();
    stop();
    remove();
  }
}

function requireDone(result: CommandResult, hint: string): void {
  if (result.status === 0) return;
  throw new WeftError(`No environment with PyTorch could be made:\n${lastLines(result)}`, hint, 3);
}

function reportOf({ program, torch }: PythonWithTorch, made: boolean): PyTorchReport {
  return { python: program, torch, made };
}
