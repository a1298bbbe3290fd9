/** A run's reports as an event file of TensorBoard: `events.out.tfevents.SECONDS.weft`, a new one each time the run is continued. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { timeParts } from '../compiler/programs/loss-by-time';
import { AppendLog } from '../files/append-log';
import { makeFolder } from '../files/atomic';
import { fileError } from '../files/file-error';
import { eventRecord, firstEvent, startEvent, textValue, type EventContent, type SummaryValue } from './event-messages';
import type { Histogram } from './histogram';
import type { TrainMetrics } from './metrics';

export interface EventLogStart {
  /** Steps done before. TensorBoard forgets later steps of older files, since they are done again. */
  readonly from: number;
  /** The model and its settings, as Markdown. */
  readonly settings: string;
}

export class EventLog {
  private readonly log: AppendLog;

  private constructor(path: string) {
    this.log = new AppendLog(path);
  }

  /** Begins a file in the folder, which is made if needed. */
  static async begin(folder: string, { from, settings }: EventLogStart): Promise<EventLog> {
    try {
      await makeFolder(folder);
      const log = new EventLog(join(folder, nextName(await readdir(folder), Date.now() / 1000)));
      await log.add(0, firstEvent);
      await log.add(from + 1, startEvent);
      await log.summary(from + 1, [textValue('settings', settings)]);
      return log;
    } catch (error) {
      throw await fileError(error, 'write', folder);
    }
  }

  async metrics(metrics: TrainMetrics): Promise<void> {
    await this.summary(
      metrics.step,
      Object.entries(scalarsOf(metrics)).map(([tag, simpleValue]) => ({ tag, simpleValue })),
    );
  }

  text(step: number, tag: string, text: string): Promise<void> {
    return this.summary(step, [textValue(tag, text)]);
  }

  /** The distributions of the weights, by their names. */
  async histograms(step: number, weights: ReadonlyMap<string, Histogram>): Promise<void> {
    if (weights.size === 0) return;
    await this.summary(
      step,
      [...weights].map(([name, histo]) => ({ tag: `weights/${name}`, histo })),
    );
  }

  /** A grid of samples, a PNG file. */
  async samples(step: number, path: string): Promise<void> {
    const png = await readFile(path).catch(async (error: unknown) => {
      throw await fileError(error, 'read', path);
    });
    const { width, height, channels } = await sharp(png).metadata();
    const image = { height, width, colorspace: channels, encodedImageString: png };
    await this.summary(step, [{ tag: 'samples', image }]);
  }

  flush(): Promise<void> {
    return this.log.flush();
  }

  sync(): Promise<void> {
    return this.log.sync();
  }

  private summary(step: number, value: readonly SummaryValue[]): Promise<void> {
    return this.add(step, { summary: { value } });
  }

  private add(step: number, content: EventContent): Promise<void> {
    return this.log.add(eventRecord(Date.now() / 1000, step, content));
  }
}

/** The numbers of a step by their names in TensorBoard, which groups them by prefix. */
function scalarsOf(metrics: TrainMetrics): { readonly [tag: string]: number } {
  const {
    loss,
    velocityLoss,
    alignLoss,
    validationLoss,
    parts = {},
    gradNorm,
    rate,
    imagesPerSecond,
    waiting,
  } = metrics;
  const byTime = (metrics.lossByTime ?? []).flatMap((mean, i): [string, number][] =>
    mean === null ? [] : [[`loss_by_time/${i + 1}_of_${timeParts}`, mean]],
  );
  return {
    loss,
    ...(velocityLoss !== undefined && { velocity_loss: velocityLoss }),
    ...(alignLoss !== undefined && { align_loss: alignLoss }),
    ...(validationLoss !== undefined && { validation_loss: validationLoss }),
    ...Object.fromEntries(Object.entries(parts).map(([name, part]) => [`parts/${name}`, part])),
    ...Object.fromEntries(byTime),
    gradient_norm: gradNorm,
    rate,
    ...(imagesPerSecond !== null && { images_per_second: imagesPerSecond }),
    ...(waiting !== undefined && { share_waiting_for_images: waiting }),
  };
}

/** TensorBoard reads files by name, so a new name must sort after the existing ones, whatever the clock says. */
function nextName(names: readonly string[], seconds: number): string {
  const former = names.map((name) => Number(/^events\.out\.tfevents\.(\d{10})\.weft$/.exec(name)?.[1] ?? 0));
  return `events.out.tfevents.${Math.max(Math.floor(seconds), ...former.map((time) => time + 1))}.weft`;
}
