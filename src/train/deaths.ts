/** Counts the deaths of a run's processes, and says whether it goes on. */
// Tested by test/train/devices.test.ts.
import { LostProcess } from '../backends/lost-process';
import { newestStep } from './checkpoints';
import type { TrainEvent } from './train';

/** As many deaths in a row, with no checkpoint between them, have a cause that starting again does not mend. */
const most = 3;

export class Deaths {
  count = 0;
  private sinceCheckpoint = 0;
  private newest = 0;

  constructor(private readonly checkpoints: string) {}

  /** Throws the error, unless it is a death after which the run can go on. */
  async goOn(error: unknown, tell: (event: TrainEvent) => void = () => {}): Promise<void> {
    if (!(error instanceof LostProcess)) throw error;
    const newest = await newestStep(this.checkpoints);
    if (newest > this.newest) this.sinceCheckpoint = 0;
    this.newest = newest;
    this.count++;
    if (++this.sinceCheckpoint > most) throw error;
    const where = newest > 0 ? `from the checkpoint of step ${newest}` : 'from the beginning';
    const times = `${this.sinceCheckpoint} of at most ${most} times without a new one`;
    tell({ kind: 'restarting', message: `${error.message}\nStarting again ${where} (${times}).` });
  }
}
