/** Runs other programs for the set-up and the doctor: never throws, always ends. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { onInterrupt } from './interrupted';

/** Where the system has process groups, each program leads its own, so that it can be ended together with its children. */
const ownGroup = process.platform !== 'win32';

export interface CommandResult {
  /** Exit status; null when the program is missing, was killed or ran out of time. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: { readonly [name: string]: string | undefined };
  readonly timeoutMs?: number;
}

/** For short questions (`g++ --version`). */
export function askCommand(program: string, args: readonly string[], timeoutMs = 10_000): CommandResult {
  const { env } = process;
  const result = spawnSync(program, args, {
    env,
    encoding: 'utf8',
    timeout: timeoutMs,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { status: result.status, stdout: result.stdout ?? '', stderr: result.stderr ?? String(result.error ?? '') };
}

/** For long work; the event loop keeps running, so progress can be shown. If this process is interrupted, the program ends too. */
export function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    // This comes first, so that a signal which arrives while the program starts is handled after it has started.
    let child: ChildProcess | undefined;
    const kill = (): void => killTree(child);
    const stop = onInterrupt(kill);
    const started = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: ownGroup,
    });
    child = started;
    const timer = setTimeout(kill, options.timeoutMs ?? 600_000);
    let stdout = '';
    let stderr = '';
    started.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    started.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const end = (status: number | null, note = '') => {
      clearTimeout(timer);
      stop();
      resolve({ status, stdout, stderr: stderr + note });
    };
    started.on('error', (e) => end(null, String(e)));
    started.on('close', (status) => end(status));
  });
}

/** Ends a program and its children: `python3` may be a script that starts the real one. */
function killTree(child: ChildProcess | undefined): void {
  if (child?.pid === undefined) return;
  try {
    if (ownGroup) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {
    // It has already ended.
  }
}

/** The last lines of a program's output, for an error message. */
export function lastLines(result: CommandResult, count = 4): string {
  const text = (result.stderr.trim() || result.stdout.trim()).split('\n');
  return text.slice(-count).join('\n');
}

/** The reason why a program failed, in one line: its error message if it can be found, else the last line of output. */
export function failureLine(result: CommandResult): string {
  const lines = (result.stderr.trim() || result.stdout.trim()).split('\n').map((line) => line.trim());
  return lines.find((line) => /^(\w*Error|ERROR)\b.*:/.test(line)) ?? lines.at(-1) ?? '';
}
