/** The reports of a run in a folder: a line of metrics.jsonl for each step, and for TensorBoard also samples and settings. */
// Tested by test/train/tensorboard.test.ts.
import { EventLog } from './event-log';
import type { Histogram } from './histogram';
import { MetricsLog, rewindMetrics, type TrainMetrics } from './metrics';
import type { PreparedRun } from './prepare-run';
import type { Rewind } from './rewinds';
import type { RunRecord } from './run-folder';

/** Both are written at least once a second and by `flush`; `sync` also flushes them to the disk. */
export class RunLog {
  private constructor(
    private readonly run: Pick<PreparedRun, 'paths' | 'record'>,
    private readonly lines: MetricsLog,
    private events: EventLog,
  ) {}

  static async begin({ paths, record, checkpoint }: PreparedRun): Promise<RunLog> {
    const start = { from: checkpoint?.step ?? 0, settings: settingsText(record) };
    return new RunLog({ paths, record }, new MetricsLog(paths.metrics), await EventLog.begin(paths.tensorboard, start));
  }

  /** Forgets the steps that are done again. */
  async rewind({ from, to, because }: Rewind): Promise<void> {
    await this.flush();
    await rewindMetrics(this.run.paths.metrics, to);
    const settings = settingsText(this.run.record);
    this.events = await EventLog.begin(this.run.paths.tensorboard, { from: to, settings });
    await this.events.text(to + 1, 'rewound', `From step ${from} to step ${to}: ${because}.`);
  }

  async add(metrics: TrainMetrics): Promise<void> {
    await this.lines.add(metrics);
    await this.events.metrics(metrics);
  }

  /** Samples that were drawn into a file, shown at once; latents are left out, since they are not pictures. */
  async samples(step: number, path: string): Promise<void> {
    if (!path.endsWith('.png')) return;
    await this.events.samples(step, path);
    await this.events.flush();
  }

  /** The distributions of the weights in a checkpoint, by their names. */
  histograms(step: number, weights: ReadonlyMap<string, Histogram>): Promise<void> {
    return this.events.histograms(step, weights);
  }

  async flush(): Promise<void> {
    await this.lines.flush();
    await this.events.flush();
  }

  async sync(): Promise<void> {
    await this.lines.sync();
    await this.events.sync();
  }
}

/** Everything that was decided before the first step, with defaults, but without the contents of the data. */
function settingsText({ weft, spec, hyperparameters, recipe, sample }: RunRecord): string {
  const settings = JSON.stringify({ weft, spec, hyperparameters, recipe, sample }, null, 2);
  return `\`\`\`json\n${settings}\n\`\`\`\n`;
}
