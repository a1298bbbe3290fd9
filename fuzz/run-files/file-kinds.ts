/** Every kind of file that Weft reads and can tell damage in, each with what is made of it. */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openSafetensors } from '../../src/data/safetensors';
import { openWeights } from '../../src/data/checkpoints/open';
import { packageRoot } from '../../src/files/package-root';
import { cachedTexts } from '../../src/text/cached';
import { wordEncoder } from '../../src/text/words';
import { openTrainingData } from '../../src/train/data';
import { planResume, planRun } from '../../src/train/plan';
import { train, type TrainEvent } from '../../src/train/train';
import type { DamageKind } from './damage';
import { makeSubject, steps, tracesOf } from './subject';

export interface FileKind {
  readonly name: string;
  readonly damage: DamageKind;
  /** Makes a folder of sound files at a path. */
  make(folder: string): Promise<void>;
  /** The files that may be damaged, below the folder. */
  files(folder: string): string[];
  /** What comes of reading them, as a digest; `warn` hears what the user is told. */
  read(folder: string, warn: (message: string) => void): Promise<string>;
}

/** A run of a few steps that is gone on with. */
const run: FileKind = {
  name: 'runs',
  damage: 'any',
  make: async (folder) => {
    await trainTo(await makeSubject(folder), join(folder, 'run'), 3);
  },
  files: (folder) => {
    const below = everyFile(join(folder, 'run'));
    const states = below.filter((path) => /run\.json|meta\.json|variables/.test(path));
    // The older checkpoints are not read.
    return states
      .filter((path) => !path.includes('checkpoints') || path.includes('step-000003'))
      .map((p) => join('run', p));
  },
  read: async (folder, warn) => {
    const out = join(folder, 'run');
    await goOn(out, 5, warn);
    return digest(JSON.stringify(await tracesOf(out)));
  },
};

const images: FileKind = {
  name: 'image caches',
  damage: 'any',
  make: async (folder) => void (await firstBatch(await makeSubject(folder), folder)),
  files: (folder) => everyFile(join(folder, 'cache')).map((p) => join('cache', p)),
  read: (folder, warn) => firstBatch(join(folder, 'subject.weft'), folder, warn),
};

const pictures: FileKind = {
  name: 'pictures',
  damage: 'inside',
  make: async (folder) => void (await makeSubject(folder)),
  files: (folder) => everyFile(join(folder, 'pictures')).map((p) => join('pictures', p)),
  read: (folder, warn) => firstBatch(join(folder, 'subject.weft'), folder, warn),
};

const captions: FileKind = {
  name: 'feature caches',
  damage: 'any',
  make: async (folder) => void (await readCaptions(folder)),
  files: (folder) => everyFile(join(folder, 'cache')).map((p) => join('cache', p)),
  read: readCaptions,
};

const weights: FileKind = {
  name: 'own weights',
  damage: 'inside',
  make: async (folder) => {
    await trainTo(await makeSubject(folder), join(folder, 'run'), 2);
  },
  files: () => [join('run', 'ema.safetensors'), join('run', 'weights.safetensors')],
  read: async (folder) => {
    const found = ['ema', 'weights'].map((name) => tensorsOf(join(folder, 'run', `${name}.safetensors`)));
    return digest((await Promise.all(found)).join());
  },
};

/** Zip archives, whose members have checksums. */
const torch: FileKind = {
  name: 'PyTorch files',
  damage: 'inside',
  make: async (folder) => {
    mkdirSync(folder, { recursive: true });
    const home = join(packageRoot(), 'test', 'data', 'checkpoints', 'fixtures');
    for (const name of ['zip.pt', 'training.ckpt']) cpSync(join(home, name), join(folder, name));
  },
  files: () => ['zip.pt', 'training.ckpt'],
  read: async (folder) =>
    digest((await Promise.all(['zip.pt', 'training.ckpt'].map((n) => torchTensors(join(folder, n))))).join()),
};

export const fileKinds: readonly FileKind[] = [run, images, pictures, captions, weights, torch];

async function trainTo(spec: string, out: string, end: number): Promise<void> {
  const plan = planRun(spec, null, { out, steps: end, backend: 'tfjs' });
  await follow({ ...plan, recipe: { ...plan.recipe, checkpoint: 1 } }, () => {});
}

async function goOn(out: string, end: number, warn: (message: string) => void): Promise<void> {
  await follow(await planResume(out, { out, resume: true, steps: end, backend: 'tfjs' }), warn);
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

async function firstBatch(spec: string, folder: string, warn: (message: string) => void = () => {}): Promise<string> {
  const { model, recipe } = planRun(spec, null, { steps });
  const data = await openTrainingData(model, recipe, { cache: join(folder, 'cache'), onWarning: warn });
  try {
    const { x0 } = await data.batch(0);
    return digest(Buffer.from(x0.data.buffer, x0.data.byteOffset, x0.data.byteLength));
  } finally {
    await data.close();
  }
}

async function readCaptions(folder: string, warn: (message: string) => void = () => {}): Promise<string> {
  const cache = join(folder, 'cache');
  const { counts, features } = await cachedTexts(wordEncoder(8), ['', 'red heart', 'blue star'], 4, {
    cache,
    onWarning: warn,
  });
  return digest(JSON.stringify([[...counts], [...features]]));
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

async function torchTensors(path: string): Promise<string> {
  const file = await openWeights(path, { tell: () => {} });
  try {
    const read = file.names.map(async (name) => [name, file.shapeOf(name), [...(await file.read(name))]]);
    return JSON.stringify(await Promise.all(read));
  } finally {
    await file.close();
  }
}

function everyFile(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.flatMap((e) => (e.isFile() ? [join(e.parentPath, e.name).slice(folder.length + 1)] : [])).sort();
}

function digest(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
