/** What a training run reports of every step, and the log that keeps it (`metrics.jsonl`, one JSON object a line). */
// Tested by test/train/train.test.ts.
import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { fileError } from '../files/file-error';
import { readWhole } from '../files/regular-file';
import { writeFileAtomic } from '../files/atomic';
import { syncFile } from '../files/sync';

export interface TrainMetrics {
  /** Steps done, this one included. */
  readonly step: number;
  /** Mean square of the velocity error over the batch, and with an alignment its share. */
  readonly loss: number;
  /** The two by themselves, the alignment's before it is weighted; absent without one. */
  readonly velocityLoss?: number;
  readonly alignLoss?: number;
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

/** Appends to a log; what is pending is written at least once a second, by `flush`, and for good by `sync`. */
export class MetricsLog {
  private pending: string[] = [];
  private written = performance.now();

  constructor(private readonly path: string) {}

  async add(metrics: TrainMetrics): Promise<void> {
    this.pending.push(`${JSON.stringify(metrics)}\n`);
    if (performance.now() - this.written > 1000) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.pending.join('');
    this.pending = [];
    this.written = performance.now();
    if (text === '') return;
    try {
      await appendFile(this.path, text);
    } catch (error) {
      throw await fileError(error, 'write', this.path);
    }
  }

  /** Sees to it that a power cut leaves what was written. */
  async sync(): Promise<void> {
    await this.flush();
    await syncFile(this.path).catch(async (error: unknown) => {
      throw await fileError(error, 'write', this.path);
    });
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
