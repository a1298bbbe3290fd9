/** Runs a command again in a process of its own, for work that files of others can make endless: that process can be ended from outside. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { formatBytes } from '../files/file-error';
import { onInterrupt } from '../setup/interrupted';

/** Set in the process that does the work. */
const mark = 'WEFT_GUARDED';

/** The share of this machine's memory that the work may hold. */
const mostMemory = 0.8;

export interface Guard {
  /** What does the work, for messages: `model.onnx`. */
  readonly what: string;
  /** Seconds that it may take; without end by default. */
  readonly seconds?: number;
}

export function isGuarded(): boolean {
  return process.env[mark] === '1';
}

/** The exit status of this command line, run by another process. Throws if that takes too long or too much memory, or is killed. */
export async function runGuarded({ what, seconds }: Guard): Promise<number> {
  const [, ...args] = process.argv;
  const child = spawn(process.execPath, [...process.execArgv, ...args], {
    stdio: 'inherit',
    env: { ...process.env, [mark]: '1' },
  });
  const limit = totalmem() * mostMemory;
  let reason: WeftError | null = null;
  const end = (found: WeftError | null): void => {
    reason ??= found;
    child.kill('SIGKILL');
  };
  const late = new WeftError(
    `${what} was still running after ${seconds} s, so it was stopped.`,
    'A damaged or hostile file may never end. If it is only large, allow more with --limit.',
  );
  const timer = seconds === undefined ? undefined : setTimeout(() => end(late), seconds * 1000);
  const watch = setInterval(() => {
    if (residentBytes(child.pid) <= limit) return;
    const held = `more than ${formatBytes(limit)} of memory, ${mostMemory * 100} % of what this machine has`;
    end(new WeftError(`${what} needed ${held}, so it was stopped.`, 'Use a machine with more, if you trust the file.'));
  }, 100);
  const stop = onInterrupt(() => end(null));
  try {
    const [status, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, killedBy) => resolve([code, killedBy]));
    });
    if (reason) throw reason;
    if (status !== null) return status;
    throw new WeftError(
      `${what} ended the process that ran it (${signal}).`,
      'It may be damaged, or need more memory than there is.',
    );
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    stop();
  }
}

/** Memory that a process holds; 0 where the system does not tell. */
function residentBytes(pid: number | undefined): number {
  try {
    const [, pages] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
    return Number(pages) * 4096;
  } catch {
    return 0;
  }
}
