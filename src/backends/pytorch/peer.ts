/** What a session talks to: a Python process of this machine. One of another machine is reached through its node (nodes.ts). */
// Tested by test/backends/pytorch/session.test.ts.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { cacheFolder } from '../../files/cache';
import { packageRoot } from '../../files/package-root';
import { LostProcess } from '../lost-process';
import { requirePyTorch } from './python';

/** A process that takes requests on one stream and answers on another. */
export interface Peer {
  readonly input: Writable;
  readonly output: Readable;
  /** The system's id of the process, if it runs on this machine. */
  readonly pid: number | undefined;
  /** The number of its threads, if its machine decides it. */
  readonly threads?: number;
  readonly isAlive: boolean;
  /** Ends it at once, whatever it is doing. */
  kill(): void;
  /** Waits until it has ended, and says how. */
  lost(): Promise<LostProcess>;
  /** Says whether this process must live as long as it does. */
  keepAlive(wanted: boolean): void;
}

/** The folder with the Python files of this backend. */
export function pythonFolder(): string {
  return join(packageRoot(), 'src', 'backends', 'pytorch');
}

/** Starts the process for a device: the number of a GPU, where there are some. */
export function spawnServer(device: number): {
  readonly program: string;
  readonly child: ChildProcessWithoutNullStreams;
} {
  const { program } = requirePyTorch();
  const args = ['-u', '-B', join(pythonFolder(), 'serve.py'), String(device)];
  // What torch.compile has made of a program serves later runs too.
  const env = { TORCHINDUCTOR_CACHE_DIR: join(cacheFolder(), 'inductor'), ...process.env };
  return { program, child: spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] }) };
}

/** A process that this one starts. */
export class LocalPeer implements Peer {
  /** The end of the text that it printed. */
  private said = '';
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly program: string;

  constructor(device: number) {
    ({ program: this.program, child: this.child } = spawnServer(device));
    this.child.stderr.on('data', (chunk: Buffer) => (this.said = (this.said + chunk.toString()).slice(-4000)));
    this.child.on('error', (error) => (this.said += String(error)));
    // A process that has ended is reported when its answer does not come.
    this.child.stdin.on('error', () => undefined);
  }

  get input(): Writable {
    return this.child.stdin;
  }

  get output(): Readable {
    return this.child.stdout;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  async lost(): Promise<LostProcess> {
    const { child } = this;
    if (this.isAlive && child.pid !== undefined) await new Promise((resolve) => child.once('close', resolve));
    const words = this.said.trim().split('\n').slice(-3).join('\n');
    const killed =
      child.signalCode === 'SIGKILL'
        ? ' The system ends processes so where memory runs out: lower the batch size.'
        : '';
    return new LostProcess(
      `The Python process of the pytorch backend ${howItEnded(child)}${words ? `, after saying:\n${words}` : '.'}`,
      `Its variables are lost: start again from what was saved. \`${this.program} -c "import torch"\` shows whether PyTorch itself starts.${killed}`,
      3,
    );
  }

  keepAlive(wanted: boolean): void {
    for (const handle of [this.child, this.child.stdin, this.child.stdout, this.child.stderr])
      if (isCounted(handle)) (wanted ? handle.ref : handle.unref).call(handle);
  }
}

/** The end of a process in words. */
export function howItEnded({ signalCode, exitCode }: ChildProcessWithoutNullStreams): string {
  return signalCode ? `was ended by ${signalCode}` : `ended with status ${exitCode ?? 'unknown'}`;
}

interface Counted {
  ref(): void;
  unref(): void;
}

/** Pipes are sockets, but their types do not say so. */
function isCounted(handle: object): handle is Counted {
  return 'ref' in handle && 'unref' in handle;
}
