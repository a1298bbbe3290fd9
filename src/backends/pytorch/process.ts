/** The Python process that programs run in: one for all sessions. It starts with the first session and ends with this process. */
// Tested by test/backends/pytorch/session.test.ts.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { packageRoot } from '../../files/package-root';
import { LostProcess } from '../lost-process';
import type { HostTensor, HostTensors } from '../session';
import { decodeHead, encodeMessage, takeTensor, type Head, type TensorHead } from './messages';
import { requirePyTorch } from './python';

/** A request to the process; tensors are sent beside it. */
export type Request =
  | { readonly task: 'hello'; readonly threads?: number }
  | { readonly task: 'define'; readonly session: number; readonly program: string; readonly source: string }
  /** With `adding`, variables that one process holds are gathered, and given to it; if it is true, all updates add to what there is. */
  | { readonly task: 'run'; readonly session: number; readonly program: string; readonly adding?: boolean }
  | { readonly task: 'get'; readonly session: number; readonly names: readonly string[] }
  | { readonly task: 'set' | 'forget' | 'close'; readonly session: number }
  /** Opens the place where processes find each other; the answer is its `port`. */
  | ({ readonly task: 'host' } & Meeting)
  | ({ readonly task: 'join'; readonly rank: number } & Meeting)
  /** Says which process holds which variable; the others are held by all. */
  | { readonly task: 'share out'; readonly session: number; readonly variables: readonly OwnedVariable[] }
  /** Of processes that have joined: gives variables of the first to all. */
  | { readonly task: 'spread'; readonly session: number; readonly variables: readonly Omit<TensorHead, 'bytes'>[] }
  /** Of processes that have joined: replaces variables by their sums over all. */
  | { readonly task: 'add up'; readonly session: number; readonly names: readonly string[] };

/** A variable that one process holds, by its rank. */
export interface OwnedVariable extends Omit<TensorHead, 'bytes'> {
  readonly owner: number;
}

/** Where processes find each other, and how many they are. */
export interface Meeting {
  readonly address: string;
  /** 0 for a free one. */
  readonly port: number;
  readonly world: number;
}

/** How a process is started. */
export interface ProcessOptions {
  readonly threads?: number;
  /** The number of its GPU, where there are some; 0 by default. */
  readonly device?: number;
}

/** A process gave up because another does not answer. */
export class SilentPeer extends WeftError {}

/** The folder with the Python files of this backend. */
export function pythonFolder(): string {
  return join(packageRoot(), 'src', 'backends', 'pytorch');
}

export class TorchProcess {
  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly program: string,
  ) {
    this.output = child.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    child.stderr.on('data', (chunk: Buffer) => (this.said = (this.said + chunk.toString()).slice(-4000)));
    child.on('error', (error) => (this.said += String(error)));
    // A process that has ended is reported when its answer does not come.
    child.stdin.on('error', () => undefined);
  }

  private readonly output: AsyncIterator<Buffer>;
  private received: Buffer = Buffer.alloc(0);
  /** The end of the text that it printed. */
  private said = '';
  private last: Promise<unknown> = Promise.resolve();
  private ended = false;

  static start({ threads, device = 0 }: ProcessOptions = {}): TorchProcess {
    const { program } = requirePyTorch();
    const child = spawn(program, ['-u', '-B', join(pythonFolder(), 'serve.py'), String(device)], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const started = new TorchProcess(child, program);
    started.keepAlive(false);
    // The first request reports a failure to start.
    started.hello(threads).catch(() => undefined);
    return started;
  }

  /** Sets the number of its threads, if one is given, and returns how many GPUs it sees. */
  async hello(threads?: number): Promise<number> {
    const { gpus } = await this.ask({ task: 'hello', ...(threads ? { threads } : {}) });
    return Number(gpus.data[0]);
  }

  /** Whether it takes requests; a process that died takes none. */
  get isAlive(): boolean {
    return !this.ended && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The system's id of the process. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Sends a request after earlier ones, and returns the tensors of its answer. */
  ask(request: Request, tensors: HostTensors = {}): Promise<HostTensors> {
    const asked = this.last.then(
      () => this.exchange(request, tensors),
      () => this.exchange(request, tensors),
    );
    this.last = asked;
    return asked;
  }

  /** Closes its input, at which it ends. */
  end(): void {
    this.ended = true;
    this.child.stdin.end();
  }

  /** Ends it at once, whatever it is doing. */
  kill(): void {
    this.ended = true;
    this.child.kill('SIGKILL');
  }

  /** Waits until it has died, at most so long, and says how; null if it lives. */
  async death(waitMs: number): Promise<LostProcess | null> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) {
      await Promise.race([
        new Promise((resolve) => child.once('close', resolve)),
        new Promise((resolve) => setTimeout(resolve, waitMs).unref()),
      ]);
    }
    return child.exitCode === null && child.signalCode === null ? null : this.died();
  }

  private async exchange(request: Request, tensors: HostTensors): Promise<HostTensors> {
    this.keepAlive(true);
    try {
      for (const part of encodeMessage(request, tensors)) this.child.stdin.write(part);
      const { head, answer } = await this.answer();
      if (head.error !== undefined) throw failed(request, head);
      return answer;
    } finally {
      this.keepAlive(false);
    }
  }

  private async answer(): Promise<{ head: Head; answer: HostTensors }> {
    const length = (await this.take(4)).readUInt32LE(0);
    const head = decodeHead(await this.take(length));
    const answer: { [name: string]: HostTensor } = {};
    for (const { name, ...about } of head.tensors) answer[name] = takeTensor(about, await this.take(about.bytes));
    return { head, answer };
  }

  /** The next `count` bytes of its output. */
  private async take(count: number): Promise<Buffer> {
    const parts = [this.received];
    let size = this.received.length;
    while (size < count) {
      const next = await this.output.next();
      if (next.done) throw await this.died();
      parts.push(next.value);
      size += next.value.length;
    }
    const all = parts.length === 1 ? parts[0] : Buffer.concat(parts);
    this.received = all.subarray(count);
    return all.subarray(0, count);
  }

  private async died(): Promise<LostProcess> {
    this.ended = true;
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
      await new Promise((resolve) => child.once('close', resolve));
    const how = child.signalCode
      ? `was ended by ${child.signalCode}`
      : `ended with status ${child.exitCode ?? 'unknown'}`;
    const words = this.said.trim().split('\n').slice(-3).join('\n');
    const killed =
      child.signalCode === 'SIGKILL'
        ? ' The system ends processes so where memory runs out: lower the batch size.'
        : '';
    return new LostProcess(
      `The Python process of the pytorch backend ${how}${words ? `, after saying:\n${words}` : '.'}`,
      `Its variables are lost: start again from what was saved. \`${this.program} -c "import torch"\` shows whether PyTorch itself starts.${killed}`,
      3,
    );
  }

  /** Keeps this process alive only while an answer is awaited. */
  private keepAlive(wanted: boolean): void {
    for (const handle of [this.child, this.child.stdin, this.child.stdout, this.child.stderr]) {
      if (isCounted(handle)) (wanted ? handle.ref : handle.unref).call(handle);
    }
  }
}

const idleMs = 20_000;
let shared: TorchProcess | null = null;
let users = 0;

/** The process that all sessions share; each session returns it with `returnProcess`. */
export function borrowProcess(threads?: number): TorchProcess {
  if (!shared?.isAlive) shared = TorchProcess.start({ threads });
  users++;
  return shared;
}

/** Since starting takes seconds, a process that nobody uses waits a while for the next session. */
export function returnProcess(): void {
  users--;
  setTimeout(() => {
    if (users === 0) shared?.end();
  }, idleMs).unref();
}

interface Counted {
  ref(): void;
  unref(): void;
}

/** Pipes are sockets, but their types do not say so. */
function isCounted(handle: object): handle is Counted {
  return 'ref' in handle && 'unref' in handle;
}

function failed(request: Request, { error, kind, trace }: Head): WeftError {
  const doing = request.task === 'run' || request.task === 'define' ? ` "${request.program}"` : '';
  if (kind === 'memory') {
    return new WeftError(
      `PyTorch ran out of memory at the task ${request.task}${doing}: ${error}`,
      'Lower the batch size, or add `recompute = blocks` to the recipe.',
      3,
    );
  }
  if (kind === 'peer') return new SilentPeer(`PyTorch lost another process: ${error}`, null, 3);
  const line = (trace ?? '').trim().split('\n').slice(-4).join('\n');
  return new WeftError(`PyTorch failed at the task ${request.task}${doing}: ${error}\n${line}`, null, 3);
}
