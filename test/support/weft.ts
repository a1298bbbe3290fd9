/** Runs the command line as a user does, in a process of its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * XLA translates each program to machine code about twice as fast where it leaves out LLVM's optimisations, and tiny models need
 * none. Suites that run programs in their own process (test/ops, test/golden, test/train) have them as users do.
 */
const quickXla = '--xla_backend_optimization_level=0';

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface WeftOptions {
  readonly cwd?: string;
  readonly env?: { readonly [name: string]: string };
  /** Told of stderr as it comes, with a way to send a signal. */
  readonly onStderr?: (text: string, signal: (name: NodeJS.Signals) => void) => void;
}

/** `weft ARGS`, with what it printed. */
export function weft(args: readonly string[], options: WeftOptions = {}): Promise<Outcome> {
  const quiet = { NO_COLOR: '1', WEFT_DEBUG: '', NODE_OPTIONS: '' };
  const env = { XLA_FLAGS: quickXla, ...process.env, ...quiet, ...options.env };
  const child = spawn(process.execPath, [join(root, 'bin', 'weft.js'), ...args], { cwd: options.cwd ?? root, env });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => void (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    options.onStderr?.(chunk.toString(), (name) => child.kill(name));
  });
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (status) => done({ status, stdout, stderr }));
  });
}

/** A spec of test/cli put into a folder, beside the images that it names; gives its path. */
export function specIn(folder: string, name: string): string {
  const text = readFileSync(join(root, 'test', 'cli', name), 'utf8');
  const specs = relative(realpathSync(folder), join(root, 'specs')).split(sep).join('/');
  const path = join(folder, name);
  writeFileSync(path, text.replaceAll('"../../specs/', `"${specs}/`));
  return path;
}

/** Gives `use` a folder of its own. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-test-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
