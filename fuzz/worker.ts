/** A process that answers questions one after the other, and is started anew where it ended or does not answer. */
import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/files/package-root';

export interface WorkerOptions {
  /** The file it runs, from the root: it answers every message with one. */
  readonly file: string;
  readonly nodeOptions?: readonly string[];
  /** Seconds of processor time after which it is taken for one that never answers. */
  readonly patience: number;
}

/** Waiting for this many times the patience is too long even where a process is given next to no time. */
const mostWaiting = 60;

/** Why there is no answer. */
export type Silence = 'ended' | 'late';

export class Worker<Question extends object, Answer extends object> {
  private child: ChildProcess | null = null;

  constructor(private readonly options: WorkerOptions) {}

  ask(question: Question): Promise<Answer | Silence> {
    const child = (this.child ??= this.start());
    return new Promise((resolve) => {
      const settle = (answer: Answer | Silence): void => {
        clearInterval(watch);
        child.removeAllListeners();
        if (typeof answer === 'string') this.close();
        resolve(answer);
      };
      const [began, spent] = [Date.now(), processorTime(child)];
      const watch = setInterval(() => {
        const waited = (Date.now() - began) / 1000;
        const used = processorTime(child) - spent;
        if (Math.max(Number.isNaN(used) ? waited : used, waited / mostWaiting) > this.options.patience) settle('late');
      }, 1000);
      child.once('message', (answer) => settle(answer as Answer));
      child.once('exit', () => settle('ended'));
      child.send(question);
    });
  }

  close(): void {
    this.child?.kill('SIGKILL');
    this.child = null;
  }

  private start(): ChildProcess {
    const root = packageRoot();
    return fork(join(root, 'scripts', 'run-ts.mjs'), [this.options.file], {
      cwd: root,
      execArgv: [...(this.options.nodeOptions ?? [])],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
  }
}

/** Seconds of processor time that a process has taken; NaN where the system does not tell. */
function processorTime({ pid }: ChildProcess): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticks;
  } catch {
    return NaN;
  }
}

/** Of a second, in which Linux counts. */
const ticks = 100;
