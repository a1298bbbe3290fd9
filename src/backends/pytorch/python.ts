/** Finds a Python with PyTorch to run programs: the one that is named, one that Weft keeps, or the machine's. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { cacheFolder } from '../../files/cache';
import { askCommand } from '../../setup/run-command';

/** The first version with everything that programs call: `F.rms_norm` came with it. */
export const leastTorch = '2.4';

export interface PythonWithTorch {
  readonly kind: 'fit';
  readonly program: string;
  /** The version of PyTorch, such as `2.15.0+cpu`. */
  readonly torch: string;
}

/** Why a Python cannot run programs. */
export type Unfit =
  | { readonly kind: 'no python'; readonly program: string }
  | { readonly kind: 'no torch'; readonly program: string }
  | { readonly kind: 'old torch'; readonly program: string; readonly torch: string };

/** The Python to use. If WEFT_PYTHON names one, no other is tried. */
export function findPyTorch(env: NodeJS.ProcessEnv = process.env): PythonWithTorch | Unfit {
  const named = env.WEFT_PYTHON;
  if (named) return lookAt(named);
  const looked = [...keptEnvironments(env), 'python3', 'python'].map((program) => lookAt(program));
  return kinds.map((kind) => looked.find((l) => l.kind === kind)).find((l) => l !== undefined) ?? looked[0];
}

/** From the most to the least useful. */
const kinds = ['fit', 'old torch', 'no torch', 'no python'] as const;

/** Whether programs can run here; looked up once. */
export function hasPyTorch(): boolean {
  return (known ??= findPyTorch().kind === 'fit');
}

let known: boolean | null = null;

/** The Python to use, or an error that says how to get one. */
export function requirePyTorch(env: NodeJS.ProcessEnv = process.env): PythonWithTorch {
  const found = findPyTorch(env);
  const named = env.WEFT_PYTHON ? ', which WEFT_PYTHON names,' : '';
  const wayOut =
    '`weft setup --pytorch` makes one, or WEFT_PYTHON names a Python that has it; `--backend auto` needs none.';
  switch (found.kind) {
    case 'fit':
      return found;
    case 'no python':
      throw new WeftError(`The pytorch backend found no Python: ${found.program}${named} does not start.`, wayOut, 3);
    case 'no torch':
      throw new WeftError(`The pytorch backend found no PyTorch: ${found.program}${named} has none.`, wayOut, 3);
    case 'old torch':
      throw new WeftError(
        `PyTorch ${found.torch} in ${found.program}${named} is too old for the pytorch backend, which needs ${leastTorch} or later.`,
        wayOut,
        3,
      );
  }
}

/** Virtual environments that Weft keeps in its cache folder. */
function keptEnvironments(env: NodeJS.ProcessEnv): string[] {
  const folder = cacheFolder(env);
  if (!existsSync(folder)) return [];
  const paths = readdirSync(folder).flatMap((name) => [
    join(folder, name, 'bin', 'python'),
    join(folder, name, 'Scripts', 'python.exe'),
  ]);
  return paths.filter((path) => existsSync(path));
}

/** Finds the installed version without importing PyTorch, which would take seconds. */
function lookAt(program: string): PythonWithTorch | Unfit {
  const question = [
    'import importlib.metadata as m',
    'try: print("torch", m.version("torch"))',
    'except m.PackageNotFoundError: print("torch none")',
  ].join('\n');
  const [word, torch] = askCommand(program, ['-c', question]).stdout.trim().split(' ');
  if (word !== 'torch') return { kind: 'no python', program };
  if (torch === 'none') return { kind: 'no torch', program };
  return isOlder(torch, leastTorch) ? { kind: 'old torch', program, torch } : { kind: 'fit', program, torch };
}

function isOlder(version: string, least: string): boolean {
  const [a, b] = [version, least].map((text) => text.split('.').map((part) => Number.parseInt(part, 10)));
  return a[0] !== b[0] ? a[0] < b[0] : a[1] < b[1];
}
