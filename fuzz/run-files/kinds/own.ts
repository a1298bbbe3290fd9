/** What Weft writes for itself and reads again, all of it with sums. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openSession } from '../../../src/backends/open';
import type { Session } from '../../../src/backends/session';
import type { Program } from '../../../src/compiler/ir/graph';
import { denoise } from '../../../src/compiler/programs/denoise';
import { openSafetensors } from '../../../src/data/safetensors';
import { cachedTexts } from '../../../src/text/cached';
import { wordEncoder } from '../../../src/text/words';
import { findCheckpoints, restoreCheckpoint, saveCheckpoint } from '../../../src/train/checkpoints';
import { openTrainingData } from '../../../src/train/data';
import { planResume, planRun } from '../../../src/train/plan';
import { readRunRecord } from '../../../src/train/find-record';
import { train, type TrainEvent } from '../../../src/train/train';
import { makeSubject, steps, tracesOf } from '../subject';
import { filesBelow, summed, type FileKind } from './kind';

/** A run of a few steps that is gone on with. */
export const runs: FileKind = {
  name: 'runs',
  damage: 'any',
  make: (folder) => trainIn(folder, 3),
  files: (folder) => {
    const states = filesBelow(folder, 'run').filter((path) => /run\.json|meta\.json|variables/.test(path));
    // The older checkpoints are not read.
    return states.filter((path) => !path.includes('checkpoints') || path.includes('step-000003'));
  },
  read: async (folder, warn) => {
    const out = join(folder, 'run');
    await follow(await planResume(out, { out, resume: true, steps: 5, backend: 'tfjs' }), warn);
    return summed(JSON.stringify(await tracesOf(out)));
  },
};

/** Checkpoints whose variables TensorFlow writes and restores. */
export const tensorflowCheckpoints: FileKind = {
  name: 'TensorFlow checkpoints',
  damage: 'any',
  make: async (folder) => {
    await trainIn(folder, 1);
    const record = await readRunRecord(join(folder, 'run'));
    const session = await tensorflow(folder);
    const target = join(folder, 'checkpoints');
    mkdirSync(target);
    for (const step of [1, 2]) {
      await session.init(step);
      await saveCheckpoint(target, session, { step, seed: 1, recipe: 'r', backend: 'tensorflow' }, record);
    }
  },
  files: (folder) => filesBelow(folder, 'checkpoints').filter((path) => path.includes('step-000002')),
  read: async (folder, warn) => {
    const { latest, damaged } = await findCheckpoints(join(folder, 'checkpoints'));
    damaged.forEach(warn);
    const session = await tensorflow(folder);
    if (!latest) return summed('');
    await restoreCheckpoint(session, latest);
    const values = Object.entries(await session.get()).sort(([a], [b]) => (a < b ? -1 : 1));
    return summed(JSON.stringify([latest.step, ...values.map(([name, { data }]) => [name, ...data])]));
  },
};

let held: Promise<Session> | null = null;

/** One session for all: opening one takes a second. */
function tensorflow(folder: string): Promise<Session> {
  const program = (): Program => denoise(planRun(join(folder, 'subject.weft'), null, { steps }).model);
  return (held ??= openSession('tensorflow', [program()], { bindings: { batch: 1 }, xla: false }));
}

export const imageCaches: FileKind = {
  name: 'image caches',
  damage: 'any',
  make: async (folder) => void (await firstBatch(await makeSubject(folder), folder, () => {})),
  files: (folder) => filesBelow(folder, 'cache'),
  read: async (folder, warn) => summed(await firstBatch(join(folder, 'subject.weft'), folder, warn)),
};

export const featureCaches: FileKind = {
  name: 'feature caches',
  damage: 'any',
  make: async (folder) => void (await readCaptions(folder, () => {})),
  files: (folder) => filesBelow(folder, 'cache'),
  read: async (folder, warn) => summed(await readCaptions(folder, warn)),
};

export const ownWeights: FileKind = {
  name: 'own weights',
  damage: 'inside',
  make: (folder) => trainIn(folder, 2),
  files: () => [join('run', 'ema.safetensors'), join('run', 'weights.safetensors')],
  read: async (folder) => {
    const found = ['ema', 'weights'].map((name) => tensorsOf(join(folder, 'run', `${name}.safetensors`)));
    return summed((await Promise.all(found)).join());
  },
};

/** Trains the subject in a folder for some steps, into `run`. */
export async function trainIn(folder: string, end: number): Promise<void> {
  const spec = await makeSubject(folder);
  const plan = planRun(spec, null, { out: join(folder, 'run'), steps: end, backend: 'tfjs' });
  await follow({ ...plan, recipe: { ...plan.recipe, checkpoint: 1 } }, () => {});
}

async function follow(plan: Awaited<ReturnType<typeof planResume>>, warn: (message: string) => void): Promise<void> {
  const { model, recipe } = plan;
  const data = await openTrainingData(model, recipe, { onWarning: warn });
  const onEvent = (event: TrainEvent): void => (event.kind === 'warning' ? warn(event.message) : undefined);
  try {
    for await (const _ of train(model, recipe, { ...plan, data, onEvent }));
  } finally {
    await data.close();
  }
}

async function firstBatch(spec: string, folder: string, warn: (message: string) => void): Promise<Uint8Array> {
  const { model, recipe } = planRun(spec, null, { steps });
  const data = await openTrainingData(model, recipe, { cache: join(folder, 'cache'), onWarning: warn });
  try {
    const { x0 } = await data.batch(0);
    return Buffer.from(x0.data.buffer, x0.data.byteOffset, x0.data.byteLength);
  } finally {
    await data.close();
  }
}

async function readCaptions(folder: string, warn: (message: string) => void): Promise<string> {
  const cache = join(folder, 'cache');
  const options = { cache, onWarning: warn };
  const { counts, features } = await cachedTexts(wordEncoder(8), ['', 'red heart', 'blue star'], 4, options);
  return JSON.stringify([[...counts], [...features]]);
}

async function tensorsOf(path: string): Promise<string> {
  const file = await openSafetensors(path);
  try {
    const read = file.names.map(async (name) => [name, file.info(name).shape, [...(await file.read(name)).data]]);
    return JSON.stringify(await Promise.all(read));
  } finally {
    await file.close();
  }
}
