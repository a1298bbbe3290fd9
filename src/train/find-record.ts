/** Finds the record of a run: its `run.json`, or the copy in its newest checkpoint. */
// Tested by test/train/run-folder.test.ts.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { counted, someOf } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { DamagedFile } from '../files/read-json';
import { BrokenSeal, readSealed, seal } from '../files/sealed-json';
import { recordName, runPaths, type RunRecord } from './run-folder';
import { isOfAnother } from './run-id';
import { runSchema } from './run-schema';
import { judgeUnsealed, type RecordCopy } from './unsealed-record';

/**
 * The record of a run, or null if the folder has none. A lost or damaged one is replaced by the copy in the newest checkpoint. `warn` is
 * told of that, and of a record without a seal.
 */
export async function findRunRecord(
  folder: string,
  warn: (message: string) => void = () => {},
): Promise<RunRecord | null> {
  const { record: path, checkpoints } = runPaths(folder);
  const isThere = existsSync(path);
  if (!isThere && !existsSync(checkpoints)) return null;
  const found = isThere ? await readRecord(path, checkpoints, warn) : `${path} is missing.`;
  if (typeof found !== 'string') return found;
  const copy = await newestCopy(checkpoints);
  if (copy) {
    warn(`${found} Its copy ${copy.path} takes its place.`);
    return copy.record;
  }
  if (!isThere) return null;
  throw new WeftError(found, 'Bring run.json back from a copy, or start a new run in another folder.');
}

/** A record that exists, or what is wrong with it. */
async function readRecord(
  path: string,
  checkpoints: string,
  warn: (message: string) => void,
): Promise<RunRecord | string> {
  try {
    const { fields, isSealed } = await readSealed(path, runSchema);
    if (isSealed) return fields;
    const { damage, note } = judgeUnsealed(path, fields, await newestCopy(checkpoints, fields.id));
    if (damage !== null) throw new DamagedFile(path, damage);
    if (note !== null) warn(note);
    return fields;
  } catch (error) {
    // A record without its seal is read, and compared with its copy.
    if (error instanceof BrokenSeal)
      return new DamagedFile(path, `${error.problem}; where you changed it by hand, take out "${seal}"`).message;
    if (error instanceof DamagedFile) return error.message;
    throw error;
  }
}

/** The newest whole record with a seal that a checkpoint keeps, of the run `id` if that is known. */
async function newestCopy(checkpoints: string, id?: string): Promise<RecordCopy | null> {
  const names = await readdir(checkpoints).catch(() => []);
  const steps = names
    .filter((name) => name.startsWith('step-'))
    .sort((a, b) => b.length - a.length || (a < b ? 1 : -1));
  for (const path of steps.map((name) => join(checkpoints, name, recordName))) {
    const read = existsSync(path) ? await readSealed(path, runSchema).catch(() => null) : null;
    if (read?.isSealed && !isOfAnother(read.fields.id, id)) return { path, record: read.fields };
  }
  return null;
}

/** The most runs that a message names. */
const mostNamed = 10;

/** The folders of runs directly inside a folder. */
async function runsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => existsSync(join(path, recordName)));
}

/** The record of a run, which must exist. */
export async function readRunRecord(folder: string, warn?: (message: string) => void): Promise<RunRecord> {
  const record = await findRunRecord(folder, warn);
  if (record) return record;
  const runs = await runsIn(folder);
  if (runs.length > 0) {
    throw new WeftError(
      `${folder} holds ${counted(runs.length, 'run')} and is none itself, as the folder of a study does.`,
      `Name one of them: ${someOf(runs, mostNamed)}.`,
    );
  }
  throw new WeftError(
    `${folder} is not the folder of a training run: it has no run.json.`,
    'Name the folder that `weft train --out` made.',
  );
}
