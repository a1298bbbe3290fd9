/** What tells runs apart: an id drawn when a run starts, kept in its record, its checkpoints and its files of weights. */
import { randomBytes } from 'node:crypto';

/** The entry of a file of weights that names the run which wrote it. */
export const runKey = 'run';

export function newRunId(): string {
  return randomBytes(8).toString('hex');
}

/** Whether two ids are of different runs. Runs of earlier versions have none, so of them it is not known. */
export function isOfAnother(run: string | undefined, id: string | undefined): boolean {
  return run !== undefined && id !== undefined && run !== id;
}
