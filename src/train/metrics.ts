/** Metrics of every training step, and the log that keeps them (`metrics.jsonl`, one JSON object per line). */
import { existsSync } from 'node:fs';
import * as z from 'zod';
import { counted } from '../compiler/diagnostics/counted';
import { AppendLog } from '../files/append-log';
import { crc32c } from '../files/crc32c';
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
  /** Before it is weighted; absent without an alignment. */
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
  /** The learning rate of this step. */
  readonly rate: number;
  /** Speed over the last steps; null for the first step, which includes compilation. */
  readonly imagesPerSecond: number | null;
  /** The share of this step, from 0 to 1, that was spent waiting for its images; absent in logs of earlier versions. */
  readonly waiting?: number;
  /** Wall time of this step, seconds. */
  readonly seconds: number;
  /** The returns to the state before this step, and those to later ones; absent for none. */
  readonly rewound?: readonly Rewind[];
}

/** A line of the log. Its last field is the checksum (CRC-32C) of the line without that field. */
function lineOf(metrics: TrainMetrics): string {
  const text = JSON.stringify(metrics);
  return `${text.slice(0, -1)},"sum":"${sumOf(text)}"}\n`;
}

function sumOf(text: string): string {
  return crc32c(Buffer.from(text)).toString(16).padStart(8, '0');
}

/** The log file, one line per step. */
export class MetricsLog {
  private readonly log: AppendLog;

  constructor(path: string) {
    this.log = new AppendLog(path);
  }

  add(metrics: TrainMetrics): Promise<void> {
    return this.log.add(Buffer.from(lineOf(metrics)));
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
  waiting: number.optional(),
  seconds: number,
});

/**
 * The metrics in a log, a line for each step in order. Empty if there is no log. Lines that are damaged are left out, and of several for
 * one step the last is taken; `warn` is told of that, and of steps that are missing.
 */
export async function readMetrics(path: string, warn: (message: string) => void = () => {}): Promise<TrainMetrics[]> {
  const { lines, damage } = await readLog(path);
  const last = lines.at(-1)?.step ?? 0;
  for (const problem of [damage, lostIn(path, lines, last)]) if (problem !== null) warn(problem);
  return lines;
}

/** Removes the lines after `step` from a log, since a resumed run does those steps again; `warn` is told what is wrong with it. */
export async function rewindMetrics(
  path: string,
  step: number,
  warn: (message: string) => void = () => {},
): Promise<void> {
  const { lines, damage } = await readLog(path);
  const kept = lines.filter((m) => m.step <= step);
  for (const problem of [damage, lostIn(path, kept, step)]) if (problem !== null) warn(problem);
  await writeFileAtomic(path, kept.map(lineOf).join(''));
}

/** Says how many of a run's first steps have no line; null if all have. */
function lostIn(path: string, lines: readonly TrainMetrics[], steps: number): string | null {
  const lost = steps - lines.length;
  return lost > 0 ? `${path} has lost ${counted(lost, 'step')} of ${steps}, which the loss curve will not show.` : null;
}

interface ReadLog {
  /** One for each step, in order. */
  readonly lines: TrainMetrics[];
  /** As a sentence; null for a sound log. */
  readonly damage: string | null;
}

async function readLog(path: string): Promise<ReadLog> {
  if (!existsSync(path)) return { lines: [], damage: null };
  const written = (await readWhole(path, longest)).toString('utf8').split('\n');
  // The last line may be cut short by a crash, or only half written now.
  const last = written.pop() ?? '';
  // Earlier versions wrote no checksums. A run that goes on writes all lines again, so a log has one in every line or in none.
  const isSummed = written.some((line) => summed.test(line));
  const parse = (line: string): TrainMetrics | null => parseLine(line, isSummed);
  const read = written.map(parse);
  const lines = [...read, parse(last)].filter((m) => m !== null);
  const byStep = new Map(lines.map((m) => [m.step, m]));
  const broken = read.filter((m) => m === null).length;
  const doubled = lines.length - byStep.size;
  const disordered = lines.filter((m, i) => i > 0 && m.step < lines[i - 1].step).length;
  const problems = [
    broken > 0 && `${counted(broken, 'line')} cannot be read`,
    doubled > 0 && `${counted(doubled, 'line')} of steps that have another, of which the last is taken`,
    disordered > 0 && `${counted(disordered, 'line')} after those of later steps`,
  ].filter(Boolean);
  const damage = problems.length > 0 ? `${path} is damaged: ${problems.join('; ')}.` : null;
  return { lines: [...byStep.values()].sort((a, b) => a.step - b.step), damage };
}

const summed = /,"sum":"([0-9a-f]{8})"\}$/;

/** Null for a line that is none of a log, or not as it was written. */
function parseLine(line: string, isSummed: boolean): TrainMetrics | null {
  const [end, sum] = summed.exec(line) ?? ['}', null];
  const text = sum === null ? line : `${line.slice(0, -end.length)}}`;
  if (isSummed && (sum === null || sumOf(text) !== sum)) return null;
  try {
    const read: unknown = JSON.parse(text);
    const { success, data } = schema.safeParse(read);
    return success && !isDeep(read) ? data : null;
  } catch {
    return null;
  }
}

/** Images per second over the last steps, without the first one. */
export class SpeedMeter {
  private readonly recent: { readonly seconds: number; readonly images: number }[] = [];
  private first = true;

  /** Adds the seconds of one more step, and its images. */
  next(seconds: number, images: number): number | null {
    if (this.first) {
      this.first = false;
      return null;
    }
    this.recent.push({ seconds, images });
    if (this.recent.length > 20) this.recent.shift();
    const sum = (of: 'seconds' | 'images'): number => this.recent.reduce((all, step) => all + step[of], 0);
    return sum('images') / sum('seconds');
  }
}
