/** Checkpoints of a run: `checkpoints/step-000500/` with the backend's own files and a `meta.json`, the last few kept. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackendName, Session } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { writeFileAtomic, writeFolderAtomic } from '../files/atomic';
import { codeOf, fileError } from '../files/file-error';

export interface CheckpointMeta {
  /** Steps done. */
  readonly step: number;
  readonly seed: number;
  /** Digest of everything that decides the next steps; see run-folder.ts. */
  readonly recipe: string;
  /** The backend that wrote the variables; its format is its own. */
  readonly backend: BackendName;
}

export interface Checkpoint extends CheckpointMeta {
  readonly path: string;
}

const kept = 2;
const namePattern = /^step-\d{6,}$/;

/** Saves the session's variables after `meta.step` steps, then removes all but the newest checkpoints. */
export async function saveCheckpoint(folder: string, session: Session, meta: CheckpointMeta): Promise<Checkpoint> {
  const path = join(folder, `step-${String(meta.step).padStart(6, '0')}`);
  await writeFolderAtomic(path, async (temporary) => {
    await session.save(join(temporary, 'variables'));
    await writeFileAtomic(join(temporary, 'meta.json'), `${JSON.stringify(meta, null, 2)}\n`);
  });
  const names = await checkpointNames(folder);
  for (const name of names.slice(0, -kept)) await rm(join(folder, name), { recursive: true, force: true });
  return { ...meta, path };
}

/** The newest checkpoint of a run, or null where there is none. */
export async function latestCheckpoint(folder: string): Promise<Checkpoint | null> {
  const name = (await checkpointNames(folder)).at(-1);
  if (!name) return null;
  const path = join(folder, name);
  const file = join(path, 'meta.json');
  try {
    return { ...(JSON.parse(await readFile(file, 'utf8')) as CheckpointMeta), path };
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new WeftError(`${file} is damaged.`, `Remove ${path}; the checkpoint before it will serve.`);
    }
    throw await fileError(error, 'read', file);
  }
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

/** Names of whole checkpoints, oldest first. */
async function checkpointNames(folder: string): Promise<string[]> {
  try {
    const names = (await readdir(folder)).filter((name) => namePattern.test(name));
    return names.sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw await fileError(error, 'read', folder);
  }
}
