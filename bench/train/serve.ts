/** The peer's side of the protocol, for peers that run in Node. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { PeerTask, Turn, TurnResult } from './protocol';

/** A model in training, whose steps can be timed. */
export interface Trainer {
  readonly parameters: number;
  /** Trains on batch `index` and gives the loss it had before the update. */
  step(index: number): Promise<number>;
  moved(): Promise<{ weights: number; ema: number }>;
  /** The processes that compute for it, whose memory counts as its own. */
  readonly pids?: readonly number[];
}

/** Reads the task, starts the trainer, and answers turns until the input ends. */
export async function serve(start: (task: PeerTask) => Promise<Trainer>): Promise<void> {
  const task = JSON.parse(process.argv[2]!) as PeerTask;
  const trainer = await start(task);
  let count = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    const turn = JSON.parse(line) as Turn;
    const stepSeconds: number[] = [];
    const losses: number[] = [];
    for (let i = 0; i < turn.steps; i++) {
      const begin = performance.now();
      losses.push(await trainer.step(count++ % task.batches));
      stepSeconds.push((performance.now() - begin) / 1000);
    }
    const peakRssBytes = process.resourceUsage().maxRSS * 1024 + sum((trainer.pids ?? []).map(peakOf));
    const moved = turn.last ? await trainer.moved() : null;
    const { parameters } = trainer;
    console.log(JSON.stringify({ stepSeconds, losses, peakRssBytes, parameters, moved } satisfies TurnResult));
  }
}

/** The most memory that another process has had resident, in bytes; where the system does not say, it is not counted. */
function peakOf(pid: number): number {
  try {
    return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
