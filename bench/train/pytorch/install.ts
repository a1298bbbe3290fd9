/** Installs the benchmark's own PyTorch, in bench/.peers/, on first use. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WeftError } from '../../../src/compiler/diagnostics/diagnostic';
import { packageRoot } from '../../../src/files/package-root';
import { findPython } from '../../../src/setup/python';

/** The Python that has PyTorch: the one named by WEFT_BENCH_PYTHON, or that of the environment made here. */
export function pythonWithTorch(): string {
  const named = process.env.WEFT_BENCH_PYTHON;
  if (named) return named;
  const folder = join(packageRoot(), 'bench', '.peers', 'python');
  const requirements = join(packageRoot(), 'bench', 'train', 'pytorch', 'requirements.txt');
  const stamp = join(folder, 'installed.txt');
  const wanted = readFileSync(requirements, 'utf8');
  const python = join(folder, 'bin', 'python');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;

  console.error('Installing PyTorch for the benchmark in bench/.peers (several gigabytes, once) …');
  rmSync(folder, { recursive: true, force: true });
  const system = findPython();
  if (!system)
    throw new WeftError('The benchmark needs Python 3 for its PyTorch peers.', 'Install python3 and python3-venv.', 3);
  run(system.program, ['-m', 'venv', folder]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
  writeFileSync(stamp, wanted);
  return python;
}

function run(program: string, args: readonly string[]): void {
  const { status } = spawnSync(program, args, { stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  const hint = 'See its messages above. With a PyTorch of your own, set WEFT_BENCH_PYTHON to its Python.';
  throw new WeftError(`"${[program, ...args].join(' ')}" failed.`, hint, 3);
}
