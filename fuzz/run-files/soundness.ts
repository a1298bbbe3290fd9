/** What must hold of a run's folder at every moment, whatever has happened to the process that trained it. */
import { existsSync, readdirSync } from 'node:fs';
import { findCheckpoints } from '../../src/train/checkpoints';
import { readMetrics } from '../../src/train/metrics';
import { findRunRecord } from '../../src/train/find-record';
import { runPaths } from '../../src/train/run-folder';

/** Follows one run from kill to kill. */
export class Watch {
  private newest = 0;
  private durable = 0;

  constructor(private readonly folder: string) {}

  /** Steps that are safe from a kill. */
  get step(): number {
    return this.newest;
  }

  /**
   * Steps that are safe from a power cut: the newest checkpoint is seen as soon as it has its name, but that is on the disk only when
   * the save is over, which the log of a later step or a newer checkpoint tells.
   */
  get synced(): number {
    return this.durable;
  }

  /** What is torn or lost; null when all is well. */
  async problem(): Promise<string | null> {
    const { checkpoints, metrics, record } = runPaths(this.folder);
    const said: string[] = [];
    const found = await findRunRecord(this.folder, (message) => said.push(message)).catch(() => null);
    if (existsSync(record) && (!found || said.length > 0)) return `run.json is torn: ${said.join(' ')}`;
    const { latest, damaged } = await findCheckpoints(checkpoints, found?.id);
    if (damaged.length > 0) return `a checkpoint is torn: ${damaged[0]}`;
    const step = latest?.step ?? 0;
    if (step < this.newest) return `checkpoints up to step ${this.newest} were there, now up to ${step}`;
    this.newest = step;
    const told: string[] = [];
    const logged = await readMetrics(metrics, (message) => told.push(message));
    if (told.length > 0) return told[0];
    this.durable = logged.length > step ? step : stepBefore(checkpoints, step);
    return logged.length < step ? `the log ends at step ${logged.length}, the checkpoint at ${step}` : null;
  }
}

/** The step of the checkpoint before that of a step; 0 for none. */
function stepBefore(checkpoints: string, step: number): number {
  const names = existsSync(checkpoints) ? readdirSync(checkpoints) : [];
  const steps = names.map((name) => Number(/^step-(\d+)$/.exec(name)?.[1] ?? 0));
  return Math.max(0, ...steps.filter((own) => own < step));
}

/** What is left in a finished run's folder that should be gone. */
export function leftoversIn(folder: string): string[] {
  const hidden = (home: string): string[] =>
    existsSync(home) ? readdirSync(home).filter((n) => n.startsWith('.')) : [];
  return [...hidden(folder), ...hidden(runPaths(folder).checkpoints)];
}
