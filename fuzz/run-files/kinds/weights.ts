/** Weights as others write them. Only the members of zip archives have sums. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { HostTensors } from '../../../src/backends/session';
import { openWeights } from '../../../src/data/checkpoints/open';
import { createSafetensorsWriter } from '../../../src/data/safetensors';
import { packageRoot } from '../../../src/files/package-root';
import { summed, unsummed, type FileKind, type Found } from './kind';

export const torchArchives: FileKind = {
  name: 'PyTorch archives',
  damage: 'inside',
  make: (folder) => copyFixtures(folder, ['zip.pt', 'training.ckpt']),
  files: () => ['zip.pt', 'training.ckpt'],
  read: async (folder, warn) => {
    const read = ['zip.pt', 'training.ckpt'].map(async (name) =>
      tensorsOf(join(folder, name), warn, await namesIn(join(fixtures, name))),
    );
    return summed(JSON.stringify(await Promise.all(read)));
  },
};

export const torchPickles: FileKind = {
  name: 'older PyTorch files',
  damage: 'inside',
  make: (folder) => copyFixtures(folder, ['legacy.pt', 'training-legacy.ckpt']),
  files: () => ['legacy.pt', 'training-legacy.ckpt'],
  read: (folder, warn) => wholeOf(folder, warn, ['legacy.pt', 'training-legacy.ckpt'], fixtures),
};

const tensors: HostTensors = {
  'in.weight': tensorOf([6, 4], 1),
  'in.bias': tensorOf([6], 2),
  'out.weight': tensorOf([4, 6], 3),
};

export const foreignSafetensors: FileKind = {
  name: 'safetensors of others',
  damage: 'inside',
  make: (folder) => write(folder, 'weights.safetensors', Object.keys(tensors)),
  files: () => ['weights.safetensors'],
  read: (folder, warn) => wholeOf(folder, warn, ['weights.safetensors']),
};

/** Two files and the index that says which tensor lies where; the damage may be anywhere. */
export const shards: FileKind = {
  name: 'shards with an index',
  damage: 'inside',
  make: async (folder) => {
    const [first, ...others] = Object.keys(tensors);
    await write(folder, 'model-00001-of-00002.safetensors', [first]);
    await write(folder, 'model-00002-of-00002.safetensors', others);
    const places = Object.keys(tensors).map((name) => [
      name,
      `model-0000${name === first ? 1 : 2}-of-00002.safetensors`,
    ]);
    const index = { metadata: { total_size: 216 }, weight_map: Object.fromEntries(places) };
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify(index, null, 2));
  },
  files: () => ['model.safetensors.index.json', 'model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'],
  read: (folder, warn) => wholeOf(folder, warn, ['model.safetensors.index.json']),
};

const fixtures = join(packageRoot(), 'test', 'data', 'checkpoints', 'fixtures');

async function copyFixtures(folder: string, names: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const name of names) cpSync(join(fixtures, name), join(folder, name));
}

function tensorOf(shape: readonly number[], seed: number): HostTensors[string] {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, dtype: 'f32', data: Float32Array.from({ length: size }, (_, i) => Math.sin(seed + i)) };
}

/** Some tensors in a file without Weft's sums. */
async function write(folder: string, file: string, names: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const planned = names.map((name) => ({ name, dtype: 'F32' as const, shape: tensors[name].shape }));
  const writer = await createSafetensorsWriter(join(folder, file), { tensors: planned });
  for (const name of names) await writer.write(name, tensors[name]);
  await writer.close();
}

/**
 * A model takes its weights by name, so what is asked for are the names of the sound files, which lie in `sound`; without that, those
 * of `tensors`. A file that lacks one is refused; what else it holds is not read.
 */
async function wholeOf(
  folder: string,
  warn: (note: string) => void,
  files: readonly string[],
  sound?: string,
): Promise<Found> {
  const read = files.map(async (file) =>
    tensorsOf(join(folder, file), warn, sound === undefined ? undefined : await namesIn(join(sound, file))),
  );
  const found = await Promise.all(read);
  return unsummed(
    found.map((file) => file.map(([name, shape]) => [name, shape])),
    found,
  );
}

async function namesIn(path: string): Promise<readonly string[]> {
  const file = await openWeights(path);
  await file.close();
  return file.names;
}

type Tensor = readonly [name: string, shape: readonly number[], numbers: number[]];

async function tensorsOf(
  path: string,
  warn: (note: string) => void,
  names: readonly string[] = Object.keys(tensors),
): Promise<Tensor[]> {
  const file = await openWeights(path, { tell: (note) => warn(note.replace(path, basename(path))) });
  try {
    return await Promise.all(
      names.map(async (name): Promise<Tensor> => [name, file.shapeOf(name), [...(await file.read(name))]]),
    );
  } finally {
    await file.close();
  }
}
