/** Starts peers as child processes and asks them for turns. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { packageRoot } from '../../src/files/package-root';
import type { PeerName, PeerTask, Precision, Turn, TurnResult } from './protocol';
import { pythonWithTorch } from './pytorch/install';

interface PeerProgram {
  readonly title: string;
  readonly precisions: readonly Precision[];
  readonly command: () => readonly [program: string, ...args: string[]];
}

const inBench = (path: string) => join(packageRoot(), 'bench', 'train', path);
const node = (path: string) => [process.execPath, join(packageRoot(), 'scripts', 'run-ts.mjs'), inBench(path)] as const;
const pytorch = () => [pythonWithTorch(), inBench('pytorch/peer.py')] as const;

/** All peers, in the order in which they take turns. tfjs has no half types. */
export const peerPrograms: { readonly [name in PeerName]: PeerProgram } = {
  weft: { title: 'Weft', precisions: ['f32', 'bf16'], command: () => node('weft.ts') },
  'weft-declared': {
    title: 'Weft, its optimiser declared',
    precisions: ['f32', 'bf16'],
    command: () => node('weft.ts'),
  },
  'weft-pytorch': { title: 'Weft on PyTorch', precisions: ['f32', 'bf16'], command: () => node('weft.ts') },
  'weft-pytorch-compiled': {
    title: 'Weft on PyTorch, torch.compile',
    precisions: ['f32', 'bf16'],
    command: () => node('weft.ts'),
  },
  pytorch: { title: 'PyTorch, eager', precisions: ['f32', 'bf16'], command: pytorch },
  'pytorch-compiled': { title: 'PyTorch, torch.compile', precisions: ['f32', 'bf16'], command: pytorch },
  tfjs: { title: 'tfjs by hand', precisions: ['f32'], command: () => node('tfjs/peer.ts') },
};

/** A peer in its own process, between turns waiting for the next. */
export class Peer {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private readonly reader: Interface;

  constructor(readonly task: PeerTask) {
    const [program, ...args] = peerPrograms[task.peer].command();
    const threads = String(task.threads);
    const env = {
      ...process.env,
      // Peers without PyTorch neither look for it nor install it.
      ...(task.peer.includes('pytorch') && { WEFT_PYTHON: pythonWithTorch() }),
      OMP_NUM_THREADS: threads,
      TF_NUM_INTRAOP_THREADS: threads,
      TF_NUM_INTEROP_THREADS: threads,
      TF_CPP_MIN_LOG_LEVEL: '2',
      TORCHINDUCTOR_CACHE_DIR: join(packageRoot(), 'bench', '.peers', 'inductor'),
    };
    this.child = spawn(program, [...args, JSON.stringify(task)], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    // A peer that has ended is noticed when it does not answer.
    this.child.stdin!.on('error', () => {});
    this.reader = createInterface({ input: this.child.stdout! });
    this.lines = this.reader[Symbol.asyncIterator]();
  }

  /** Has the peer train on while the others wait. Lines that are not answers are passed on to stderr. */
  async turn(turn: Turn): Promise<TurnResult> {
    this.child.stdin!.write(`${JSON.stringify(turn)}\n`);
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error(`The peer ${this.task.peer} ended without an answer; its messages are above.`);
      if (value.startsWith('{')) return JSON.parse(value) as TurnResult;
      console.error(value);
    }
  }

  end(): void {
    this.reader.close();
    this.child.kill();
  }
}
