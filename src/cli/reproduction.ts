/** Everything needed to reproduce an internal error, as one text file: the command, versions, the stack and the specs that were named. */
import { messageOf } from '../files/file-error';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { arch, homedir, platform, release } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../files/cache';
import { version } from '../version';

/** Of larger specs only the name is written, in bytes. */
const largestSpec = 1_000_000;

/** Writes the file and returns its path; null if it cannot be written. It contains no environment variables. */
export function saveReproduction(error: unknown, args: readonly string[], now = new Date()): string | null {
  const folder = join(cacheFolder(), 'reports');
  const path = join(folder, `${now.toISOString().replace(/[:.]/g, '-')}-${process.pid}.txt`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, reproduction(error, args), { mode: 0o600 });
    return path;
  } catch {
    return null;
  }
}

/** The text of the file, with the home folder written as ~. */
export function reproduction(error: unknown, args: readonly string[]): string {
  const stack = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  const parts = [
    ['command', ['weft', ...args].map(quoted).join(' ')],
    ['versions', `weft ${version}, node ${process.version}, ${platform()} ${release()} ${arch()}`],
    ['stack', stack],
    ...specsOf(args).map((path) => [path, textOf(path)]),
  ];
  return parts
    .map(([title, text]) => `==== ${title}\n${text.trimEnd()}\n`)
    .join('\n')
    .replaceAll(homedir(), '~');
}

/** An argument quoted for a shell. */
function quoted(arg: string): string {
  return /^[\w./:=,#@+-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`;
}

/** The specs among the arguments, whole or as `FILE#Name`. */
function specsOf(args: readonly string[]): string[] {
  return [...new Set(args.map((arg) => arg.replace(/#[^#]*$/, '')).filter((arg) => arg.endsWith('.weft')))];
}

function textOf(path: string): string {
  try {
    if (statSync(path).size > largestSpec) return '(too large to keep)';
    return readFileSync(path, 'utf8');
  } catch (error) {
    return `(not read: ${messageOf(error)})`;
  }
}
