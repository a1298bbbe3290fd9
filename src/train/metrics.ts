/** What a training run reports of every step, and the log that keeps it (`metrics.jsonl`, one JSON object a line). */
// Tested by test/train/train.test.ts.
import { existsSync } from 'node:fs';
import { AppendLog } from '../files/append-log';
import { readWhole } from '../files/regular-file';
import { writeFileAtomic } from '../files/atomic';

export interface TrainMetrics {
  /** Steps done, this one included. */
  readonly step: number;
  /** Mean square of the velocity error over the batch, and with an alignment its share. */
  readonly loss: number;
  /** The two by themselves, the alignment's before it is weighted; absent without one. */
  readonly velocityLoss?: number;
  readonly alignLoss?: number;
  /** Of held-out images, where this step ends with a look at them. */
  readonly validationLoss?: number;
  /** What an objective of the language names by `tap`, means over the batch; absent where it names nothing. */
  readonly parts?: { readonly [name: string]: number };
  /** Global norm of the gradients before clipping. */
  readonly gradNorm: number;
  readonly rate: number;
  /** Over the last steps; null for the first step, which includes compilation. */
  readonly imagesPerSecond: number | null;
  /** Wall time of this step, seconds. */
  readonly seconds: number;
}

/** The log that is appended to: a line each step. */
export class MetricsLog {
  private readonly log: AppendLog;

  constructor(path: string) {
    this.log = new AppendLog(path);
  }

  add(metrics: TrainMetrics): Promise<void> {
    return this.log.add(Buffer.from(`${JSON.stringify(metrics)}\n`));
  }

  flush(): Promise<void> {
    return this.log.flush();
  }

  sync(): Promise<void> {
    return this.log.sync();
  }
}

/** Bytes of the longest log that is read. */
const longest = 500_000_000;

/** The metrics in a log; a line that a crash cut short is left out. Empty where there is no log. */
export async function readMetrics(path: string): Promise<TrainMetrics[]> {
  if (!existsSync(path)) return [];
  return (await readWhole(path, longest)).toString('utf8').split('\n').flatMap(parseLine);
}

/** Takes out of a log what came after `step`, since a resumed run does those steps again. */
export async function rewindMetrics(path: string, step: number): Promise<void> {
  const kept = (await readMetrics(path)).filter((m) => m.step <= step);
  await writeFileAtomic(path, kept.map((m) => `${JSON.stringify(m)}\n`).join(''));
}

function parseLine(line: string): TrainMetrics[] {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null && 'step' in parsed ? [parsed as TrainMetrics] : [];
  } catch {
    return [];
  }
}

/** Images per second over the last steps, the first one left out. */
export class SpeedMeter {
  private readonly recent: number[] = [];
  private first = true;

  constructor(private readonly batch: number) {}

  /** Takes the seconds of one more step. */
  next(seconds: number): number | null {
    if (this.first) {
      this.first = false;
      return null;
    }
    this.recent.push(seconds);
    if (this.recent.length > 20) this.recent.shift();
    return (this.batch * this.recent.length) / this.recent.reduce((a, b) => a + b, 0);
  }
}
