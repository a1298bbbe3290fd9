/** The processes that compute a step together, one for each device. */
// Tested by test/train/devices.test.ts.
import { availableParallelism } from 'node:os';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import type { HostTensors } from '../session';
import { LostProcess } from '../lost-process';
import type { Nodes } from './nodes';
import { borrowProcess, returnProcess, SilentPeer, TorchProcess, type Meeting, type Request } from './process';

/** How long after a process complains of another it takes at most to hear that this one has died. */
const mournMs = 5000;

export interface StartOptions {
  /** Threads of each process of this machine; by default they share the cores. */
  readonly threads?: number;
  /** The machines that take part; this one is the first of them. */
  readonly nodes?: Nodes;
}

export class Ranks {
  private constructor(
    private readonly all: readonly TorchProcess[],
    private readonly nodes: Nodes | null,
  ) {}

  /** Starts processes, with those of other nodes if there are some, and lets them find each other. The first is the one that all sessions share. */
  static async start(devices: number, { threads, nodes }: StartOptions = {}): Promise<Ranks> {
    if (devices === 1) return new Ranks([borrowProcess(threads)], null);
    const here = nodes?.devices ?? devices;
    const each = threads ?? Math.max(1, Math.floor(availableParallelism() / here));
    const others = Array.from({ length: here - 1 }, (_, i) => i + 1);
    const local = [borrowProcess(each), ...others.map((device) => TorchProcess.start({ threads: each, device }))];
    let all = local;
    try {
      all = [...local, ...((await nodes?.start()) ?? []).map((peer) => TorchProcess.of(peer))];
      const ranks = new Ranks(all, nodes ?? null);
      await ranks.meet(each, here);
      return ranks;
    } catch (error) {
      for (const process of all) process.kill();
      returnProcess();
      // What dies before its first step would die again.
      throw error instanceof LostProcess ? new WeftError(error.message, error.hint, error.exitCode) : error;
    }
  }

  /** The id of the process on each device. */
  get pids(): readonly (number | undefined)[] {
    return this.all.map((process) => process.pid);
  }

  get count(): number {
    return this.all.length;
  }

  /** Whether all take requests. */
  get areAlive(): boolean {
    return this.all.every((process) => process.isAlive);
  }

  /** Asks the first process alone. */
  askFirst(request: Request, tensors: HostTensors = {}): Promise<HostTensors> {
    return this.all[0].ask(request, tensors);
  }

  /** Asks every process the same, or what `request` says for its rank, beside tensors of its own if there are some; returns the answers. */
  async ask(
    request: Request | ((rank: number) => Request),
    tensors: readonly HostTensors[] = [],
  ): Promise<HostTensors[]> {
    const of = typeof request === 'function' ? request : (): Request => request;
    try {
      return await Promise.all(this.all.map((process, rank) => process.ask(of(rank), tensors[rank])));
    } catch (error) {
      if (this.count === 1) throw error;
      const cause = error instanceof SilentPeer ? ((await this.firstDeath()) ?? error) : error;
      // The others wait for one that does not come.
      this.kill();
      throw cause;
    }
  }

  /** Lets them go; nothing that they hold is kept. */
  end(): void {
    for (const process of this.all.slice(1)) process.end();
    returnProcess();
  }

  private kill(): void {
    for (const process of this.all) process.kill();
  }

  private async meet(threads: number, here: number): Promise<void> {
    const [first, ...others] = this.all;
    const world = this.all.length;
    const gpus = await first.hello(threads);
    if (gpus > 0 && here > gpus)
      throw new WeftError(
        `This machine has ${gpus === 1 ? 'one GPU' : `${gpus} GPUs`}, and --devices asks for ${here}.`,
        `Train with --devices ${gpus}${gpus > 1 ? ' or fewer' : ''}. With CUDA_VISIBLE_DEVICES= before the command it runs on the CPU, by any number of processes.`,
        3,
      );
    const found = await Promise.all(others.map((process) => process.hello()));
    const unlike = found.findIndex(
      (count, i) => (gpus === 0 ? count > 0 : count < Math.min(here, gpus)) && i >= here - 1,
    );
    if (unlike >= 0)
      throw new WeftError(
        `Node ${Math.floor((unlike + 1) / here)} has ${found[unlike] || 'no'} GPUs, and node 0 trains on ${gpus === 0 ? 'its CPU' : `${here}`}.`,
        'All nodes train on GPUs, or all on CPUs: CUDA_VISIBLE_DEVICES= before a command hides its GPUs.',
        3,
      );
    const at: Meeting = { address: this.nodes?.address ?? '127.0.0.1', port: 0, world };
    const { port } = await first.ask({ task: 'host', ...at });
    const meeting = { ...at, port: Number(port.data[0]) };
    await Promise.all(this.all.map((process, rank) => process.ask({ task: 'join', ...meeting, rank })));
  }

  private async firstDeath(): Promise<LostProcess | null> {
    const deaths = this.all.map(
      async (process) => (await process.death(mournMs)) ?? Promise.reject(new Error('alive')),
    );
    return Promise.any(deaths).catch(() => null);
  }
}
