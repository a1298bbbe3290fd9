/** The Python process that programs run in: one for all sessions. It starts with the first session and ends with this process. */
// Tested by test/backends/pytorch/session.test.ts.
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import type { LostProcess } from '../lost-process';
import type { HostTensor, HostTensors } from '../session';
import { decodeHead, encodeMessage, takeTensor, type Head, type TensorHead } from './messages';
import { LocalPeer, type Peer } from './peer';

/** A request to the process; tensors are sent beside it. */
export type Request =
  | { readonly task: 'hello'; readonly threads?: number }
  | {
      readonly task: 'define';
      readonly session: number;
      readonly program: string;
      readonly source: string;
      /** Whether torch.compile compiles it at its first run. */
      readonly compiled: boolean;
    }
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

export class TorchProcess {
  private readonly output: AsyncIterator<Buffer>;
  private received: Buffer = Buffer.alloc(0);
  private last: Promise<unknown> = Promise.resolve();
  private ended = false;

  private constructor(private readonly peer: Peer) {
    this.output = peer.output[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** Starts a process of this machine. */
  static start({ threads, device = 0 }: ProcessOptions = {}): TorchProcess {
    return TorchProcess.of(new LocalPeer(device), threads);
  }

  /** A process that runs already. */
  static of(peer: Peer, threads = peer.threads): TorchProcess {
    const started = new TorchProcess(peer);
    peer.keepAlive(false);
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
    return !this.ended && this.peer.isAlive;
  }

  /** The system's id of the process, if it runs on this machine. */
  get pid(): number | undefined {
    return this.peer.pid;
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
    this.peer.input.end();
  }

  /** Ends it at once, whatever it is doing. */
  kill(): void {
    this.ended = true;
    this.peer.kill();
  }

  /** Waits until it has died, at most so long, and says how; null if it lives. */
  async death(waitMs: number): Promise<LostProcess | null> {
    const waited = new Promise<null>((resolve) => setTimeout(() => resolve(null), waitMs).unref());
    return Promise.race([this.peer.lost(), waited]);
  }

  private async exchange(request: Request, tensors: HostTensors): Promise<HostTensors> {
    this.peer.keepAlive(true);
    try {
      for (const part of encodeMessage(request, tensors)) this.peer.input.write(part);
      const { head, answer } = await this.answer();
      if (head.error !== undefined) throw failed(request, head);
      return answer;
    } finally {
      this.peer.keepAlive(false);
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
      // A connection that breaks gives an error, and a process that ends an end.
      const next = await this.output.next().catch(() => null);
      if (!next || next.done) throw await this.died();
      parts.push(next.value);
      size += next.value.length;
    }
    const all = parts.length === 1 ? parts[0] : Buffer.concat(parts);
    this.received = all.subarray(count);
    return all.subarray(0, count);
  }

  private async died(): Promise<LostProcess> {
    this.ended = true;
    return this.peer.lost();
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

function failed(request: Request, { error, kind, trace }: Head): WeftError {
  const doing = request.task === 'run' || request.task === 'define' ? ` "${request.program}"` : '';
  if (kind === 'memory') {
    return new WeftError(
      `PyTorch ran out of memory at the task ${request.task}${doing}: ${error}`,
      'Lower the batch size, or add `recompute = blocks` to the recipe.',
      3,
    );
  }
  if (kind === 'compile') {
    return new WeftError(
      `torch.compile could not compile${doing}: ${(error ?? '').split('\n\n')[0]}`,
      'On a CPU it needs a C++ compiler (g++), on a GPU Triton, which comes with PyTorch. Without --compile the step runs op by op.',
      3,
    );
  }
  if (kind === 'peer') return new SilentPeer(`PyTorch lost another process: ${error}`, null, 3);
  const line = (trace ?? '').trim().split('\n').slice(-4).join('\n');
  return new WeftError(`PyTorch failed at the task ${request.task}${doing}: ${error}\n${line}`, null, 3);
}
