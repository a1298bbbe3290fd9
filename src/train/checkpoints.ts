/** Checkpoints of a run: `checkpoints/step-000500/` with the backend's own files and a `meta.json`, the last few kept. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { trainingBackends } from '../backends/open';
import type { BackendName, Session } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { removeFolder, writeFolderAtomic } from '../files/atomic';
import { damageIn, folderSums } from '../files/checksums';
import { codeOf, fileError } from '../files/file-error';
import { readSealed, writeSealed } from '../files/sealed-json';
import type { Rewind } from './rewinds';
import { recordName, runPaths, type RunRecord } from './run-folder';
import { isOfAnother } from './run-id';

export interface CheckpointMeta {
  /** Steps done. */
  readonly step: number;
  readonly seed: number;
  /** The id of the run, as `run.json` has it; absent in runs of earlier versions. */
  readonly run?: string;
  /** Digest of the variables that are saved; see run-folder.ts. */
  readonly recipe: string;
  /** The backend that wrote the variables; its format is its own. */
  readonly backend: BackendName;
  /** The returns of the run before it; absent for none. */
  readonly rewinds?: readonly Rewind[];
}

export interface Checkpoint extends CheckpointMeta {
  readonly path: string;
  /** Whether it and its files have checksums; version 0.1.0 wrote none. */
  readonly isSealed: boolean;
}

const sum = z.strictObject({ bytes: z.int().min(0), sha256: z.string().length(64) });

/** `meta.json`. Version 0.1.0 wrote no checksums. */
const metaSchema = z.strictObject({
  step: z.int().min(0),
  seed: z.int().min(0),
  run: z.string().min(1).optional(),
  recipe: z.string().min(1),
  backend: z.enum(trainingBackends),
  rewinds: z.array(z.strictObject({ from: z.int().min(0), to: z.int().min(0), because: z.string() })).optional(),
  files: z.record(z.string(), sum).optional(),
});

const kept = 2;
const namePattern = /^step-\d{6,}$/;

/**
 * Saves the session's variables after `meta.step` steps and the run's record, then removes all but the newest checkpoints. The
 * checksums of all files go with them: computing these takes a second or two per gigabyte.
 */
export async function saveCheckpoint(
  folder: string,
  session: Session,
  meta: CheckpointMeta,
  record: RunRecord,
): Promise<Checkpoint> {
  const path = join(folder, nameOf(meta.step));
  const own = { ...meta, ...(record.id !== undefined && { run: record.id }) };
  await writeFolderAtomic(path, async (temporary) => {
    await session.save(join(temporary, 'variables'));
    await writeSealed(join(temporary, recordName), record);
    await writeSealed(join(temporary, 'meta.json'), { ...own, files: await folderSums(temporary) });
  });
  const names = (await checkpointNames(folder)).filter((name) => stepOf(name) <= meta.step);
  // A run that may go back some steps keeps the newest checkpoint that is so far back, and all after it.
  const back = record.recipe.onSpike?.steps ?? 0;
  const farBack = names.findLastIndex((name) => stepOf(name) <= meta.step - back);
  const first = back > 0 ? Math.min(Math.max(0, farBack), names.length - kept) : names.length - kept;
  for (const name of names.slice(0, Math.max(0, first))) await removeFolder(join(folder, name));
  return { ...own, path, isSealed: true };
}

/** The checkpoints that a run has. */
export interface FoundCheckpoints {
  /** The newest whole one; null if there is none. */
  readonly latest: Checkpoint | null;
  /** What is wrong with each newer one, as a sentence. */
  readonly damaged: readonly string[];
  /** What is to be said where the latest is used, as sentences; empty if it is also the newest, and has checksums. */
  readonly notes: readonly string[];
}

/** The newest whole checkpoint of the run `id` of at most `step` steps, or else its oldest whole one; null if there is none. */
export async function checkpointBefore(folder: string, step: number, id?: string): Promise<Checkpoint | null> {
  const names = await checkpointNames(folder);
  const [before, after] = [names.filter((n) => stepOf(n) <= step), names.filter((n) => stepOf(n) > step)];
  for (const name of [...before.reverse(), ...after]) {
    const found = await readCheckpoint(join(folder, name), stepOf(name));
    if (typeof found !== 'string' && !isOfAnother(found.run, id)) return found;
  }
  return null;
}

/** Removes the checkpoints of more than `step` steps, the newest first. */
export async function dropAfter(folder: string, step: number): Promise<void> {
  for (const name of (await checkpointNames(folder)).reverse())
    if (stepOf(name) > step) await removeFolder(join(folder, name));
}

/** The step of the newest checkpoint, whole or not; 0 if there is none. */
export async function newestStep(folder: string): Promise<number> {
  const name = (await checkpointNames(folder)).at(-1);
  return name === undefined ? 0 : stepOf(name);
}

/** Finds the newest checkpoint of the run `id`, or of any run without it, whose files are all unchanged. */
export async function findCheckpoints(folder: string, id?: string): Promise<FoundCheckpoints> {
  const damaged: string[] = [];
  for (const name of (await checkpointNames(folder)).reverse()) {
    const found = await readCheckpoint(join(folder, name), stepOf(name));
    const path = join(folder, name);
    if (typeof found === 'string') damaged.push(`The checkpoint ${path} is damaged: ${found}.`);
    else if (isOfAnother(found.run, id)) damaged.push(`The checkpoint ${path} was copied here from another run.`);
    else return { latest: found, damaged, notes: notesOn(found, damaged) };
  }
  return { latest: null, damaged, notes: [] };
}

/** The failure of a run all of whose checkpoints are damaged or of another run. */
export function noneUsable(folder: string, damaged: readonly string[]): WeftError {
  return new WeftError(
    `No checkpoint of the run in ${folder} can be used.\n${damaged.map((d) => `  ${d}`).join('\n')}`,
    `Bring one back from a copy. To begin again from step 0, remove ${runPaths(folder).checkpoints}.`,
  );
}

function notesOn({ path, step, isSealed }: Checkpoint, damaged: readonly string[]): string[] {
  const notes = damaged.map((problem) => `${problem} The one before it, of step ${step}, is used.`);
  if (!isSealed)
    notes.push(
      `The checkpoint ${path} was written by version 0.1.0, without checksums: if it is damaged, that is not noticed.`,
    );
  return notes;
}

/** A checkpoint, or what is wrong with it. */
async function readCheckpoint(path: string, step: number): Promise<Checkpoint | string> {
  const read = await readSealed(join(path, 'meta.json'), metaSchema).catch((error: unknown) => {
    if (error instanceof WeftError && error.exitCode === 1) return error.message.replace(/\.$/, '');
    throw error;
  });
  if (typeof read === 'string') return read;
  const { files, ...facts } = read.fields;
  if (facts.step !== step) return `its meta.json speaks of step ${facts.step}`;
  if (!read.isSealed) {
    // Version 0.1.0 kept neither sums nor a record.
    const isOld = !files && !facts.rewinds && !existsSync(join(path, recordName));
    return isOld ? { ...facts, path, isSealed: false } : 'its meta.json has lost its seal';
  }
  if (!files || Object.keys(files).length === 0) return 'its meta.json has no sums of its files';
  return (await damageIn(path, files)) ?? { ...facts, path, isSealed: true };
}

/** Puts a checkpoint's variables into a session of the backend that wrote them. */
export async function restoreCheckpoint(session: Session, checkpoint: Checkpoint): Promise<void> {
  if (session.backend !== checkpoint.backend) {
    throw new WeftError(
      `The checkpoint ${checkpoint.path} was written by the ${checkpoint.backend} backend; this is ${session.backend}.`,
      `Resume with --backend ${checkpoint.backend}.`,
      2,
    );
  }
  await session.restore(join(checkpoint.path, 'variables'));
}

/** Names of checkpoints, oldest first. */
async function checkpointNames(folder: string): Promise<string[]> {
  try {
    const names = (await readdir(folder)).filter((name) => namePattern.test(name));
    return names.sort((a, b) => stepOf(a) - stepOf(b));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw await fileError(error, 'read', folder);
  }
}

function nameOf(step: number): string {
  return `step-${String(step).padStart(6, '0')}`;
}

function stepOf(name: string): number {
  return Number(name.slice('step-'.length));
}
