/** Metrics of every training step, and the log that keeps them (`metrics.jsonl`, one JSON object per line). */
import { existsSync } from 'node:fs';
import * as z from 'zod';
import { counted } from '../compiler/diagnostics/counted';
import { AppendLog } from '../files/append-log';
import { isDeep } from '../files/read-json';
import { readWhole } from '../files/regular-file';
import { writeFileAtomic } from '../files/atomic';
import type { Rewind } from './rewinds';

export interface TrainMetrics {
  /** Number of steps done, including this one. */
  readonly step: number;
  /** Mean square of the velocity error over the batch; with an alignment, plus its weighted loss. */
  readonly loss: number;
  /** The two losses separately, the alignment's before it is weighted; absent without an alignment. */
  readonly velocityLoss?: number;
  readonly alignLoss?: number;
  /** Loss on held-out images, if it was measured after this step. */
  readonly validationLoss?: number;
  /** Values that an objective of the language names by `tap`, as means over the batch; absent if it names none. */
  readonly parts?: { readonly [name: string]: number };
  /**
   * The objective's loss in each quarter of the time, from the smallest values of the model's time on; null for one without an image in
   * this batch. Absent if the images have no times of their own.
   */
  readonly lossByTime?: readonly (number | null)[];
  /** Global norm of the gradients before clipping. */
  readonly gradNorm: number;
  readonly rate: number;
  /** Speed over the last steps; null for the first step, which includes compilation. */
  readonly imagesPerSecond: number | null;
  /** Wall time of this step, seconds. */
  readonly seconds: number;
  /** The returns to the state before this step, and those to later ones; absent for none. */
  readonly rewound?: readonly Rewind[];
}

/** The log file, one line per step. */
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

/** The largest log that is read, in bytes. */
const longest = 500_000_000;

const number = z.number();
/** JSON has no NaN: it is written as null. */
const measured = number.nullable().transform((x) => x ?? NaN);

const schema: z.ZodType<TrainMetrics> = z.looseObject({
  step: z.int().min(1),
  loss: number,
  velocityLoss: number.optional(),
  alignLoss: number.optional(),
  validationLoss: measured.optional(),
  parts: z.record(z.string(), measured).optional(),
  lossByTime: z.array(number.nullable()).optional(),
  rewound: z.array(z.object({ from: number, to: number, because: z.string() })).optional(),
  gradNorm: number,
  rate: number,
  imagesPerSecond: number.nullable(),
  seconds: number,
});

/** The metrics in a log, without lines that are damaged or were cut short by a crash. Empty if there is no log. */
export async function readMetrics(path: string): Promise<TrainMetrics[]> {
  if (!existsSync(path)) return [];
  return (await readWhole(path, longest)).toString('utf8').split('\n').flatMap(parseLine);
}

/** Removes the lines after `step` from a log, since a resumed run does those steps again; `warn` is told of steps it lacks before. */
export async function rewindMetrics(
  path: string,
  step: number,
  warn: (message: string) => void = () => {},
): Promise<void> {
  const kept = (await readMetrics(path)).filter((m) => m.step <= step);
  const lacking = step - new Set(kept.map((m) => m.step)).size;
  if (lacking > 0) warn(`${path} has lost ${counted(lacking, 'step')} of ${step}, which the loss curve will not show.`);
  await writeFileAtomic(path, kept.map((m) => `${JSON.stringify(m)}\n`).join(''));
}

function parseLine(line: string): TrainMetrics[] {
  try {
    const read: unknown = JSON.parse(line);
    const { success, data } = schema.safeParse(read);
    return success && !isDeep(read) ? [data] : [];
  } catch {
    return [];
  }
}

/** Images per second over the last steps, without the first one. */
export class SpeedMeter {
  private readonly recent: number[] = [];
  private first = true;

  constructor(private readonly batch: number) {}

  /** Adds the seconds of one more step. */
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
