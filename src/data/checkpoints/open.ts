/** Opens weights in any form they come in, recognised by content: safetensors, PyTorch files of both layouts, folders of these. */
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostTensor } from '../../backends/session';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { fileError } from '../../files/file-error';
import { readBytes } from '../read-bytes';
import { openSafetensors } from '../safetensors';
import type { WeightSource } from '../weight-source';
import { chooseWeights, type Choice, type StoredName, type Which } from './layouts';
import { aboutFile } from './problem';
import { tensorTables } from './state-dicts';
import { TorchFile } from './torch-file';
import { legacyStart, readTorchLegacy } from './torch-legacy';
import { readTorchZip } from './torch-zip';

/** Open weights under the names of the model; close them after use. */
export interface OpenWeights extends WeightSource {
  readonly path: string;
  /** Whether these are marked as averaged weights. */
  readonly which: Which;
  /** Remarks of the file; `config` holds the text of a folder's config.json. */
  readonly metadata: { readonly [key: string]: string };
  close(): Promise<void>;
}

/** A file before it is settled which of its tensors are wanted. */
interface Container {
  readonly tables: ReadonlyMap<string, readonly string[]>;
  readonly metadata: { readonly [key: string]: string };
  shapeOf(stored: StoredName): readonly number[];
  read(stored: StoredName): Promise<HostTensor>;
  close(): Promise<void>;
}

/**
 * Opens a safetensors file, an index of shards, a PyTorch file (`.ckpt`, `.pth`, `.pt`, `.bin`), or a folder that holds one,
 * also in the layout of diffusers. Prefixes of training code (`denoiser.`, `core.`, `module.`) are taken off the names.
 */
export async function openWeights(path: string, choice: Choice = {}): Promise<OpenWeights> {
  const container = await openContainer(path);
  try {
    const set = chooseWeights(path, container.tables, choice);
    const find = (name: string): StoredName => {
      const stored = set.stored.get(name);
      if (!stored) throw new WeftError(`${path} has no tensor "${name}".`, `It has ${set.stored.size} others.`);
      return stored;
    };
    return {
      path,
      which: set.which,
      metadata: container.metadata,
      names: [...set.stored.keys()],
      shapeOf: (name) => container.shapeOf(find(name)),
      read: async (name) => {
        const { data } = await container.read(find(name));
        return data instanceof Float32Array ? data : Float32Array.from(data);
      },
      close: () => container.close(),
    };
  } catch (error) {
    await container.close();
    throw error;
  }
}

async function openContainer(path: string): Promise<Container> {
  // The message for a path that does not exist is that of safetensors files.
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) return openFolder(path);
  if (!found || path.endsWith('.index.json')) return safetensors(path);
  const start = await firstBytes(path);
  const isZip = Buffer.from(start).toString('latin1', 0, 2) === 'PK';
  if (isZip) return torch(await TorchFile.open(path, readTorchZip));
  if (legacyStart.every((byte, i) => start[i] === byte)) return torch(await TorchFile.open(path, readTorchLegacy));
  if (start[0] === 0x80 && start[1] >= 2 && start[1] <= 5 && start[8] !== 0x7b) {
    throw new WeftError(
      `${path} is a Python pickle that PyTorch did not write.`,
      'Save the weights with torch.save(model.state_dict(), path) or as safetensors.',
    );
  }
  return safetensors(path);
}

/** Files that a folder's weights are looked for in, the likeliest first. */
const likely = [
  'diffusion_pytorch_model.safetensors.index.json',
  'diffusion_pytorch_model.safetensors',
  'model.safetensors.index.json',
  'model.safetensors',
  'diffusion_pytorch_model.bin',
  'pytorch_model.bin',
];

async function openFolder(path: string): Promise<Container> {
  const names = await readdir(path).catch(async (error: unknown) =>
    Promise.reject(await fileError(error, 'read', path)),
  );
  // A whole pipeline of diffusers keeps the denoiser in a folder of its own.
  if (names.includes('model_index.json') && names.includes('transformer')) return openFolder(join(path, 'transformer'));
  const torchFiles = names.filter((n) => /\.(ckpt|pth|pt|bin)$/.test(n));
  const hasSafetensors = names.some((n) => n.endsWith('.safetensors'));
  const file =
    likely.find((n) => names.includes(n)) ?? (!hasSafetensors && torchFiles.length === 1 ? torchFiles[0] : null);
  const container = file ? await openContainer(join(path, file)) : await safetensors(path);
  if (!names.includes('config.json')) return container;
  const config = await readFile(join(path, 'config.json'), 'utf8');
  return { ...container, metadata: { ...container.metadata, config } };
}

async function safetensors(path: string): Promise<Container> {
  const reader = await openSafetensors(path);
  return {
    tables: new Map([['', reader.names]]),
    metadata: reader.metadata,
    shapeOf: ({ name }) => reader.info(name).shape,
    read: ({ name }) => reader.read(name),
    close: () => reader.close(),
  };
}

async function torch(file: TorchFile): Promise<Container> {
  try {
    const tables = tensorTables(file.root);
    const find = ({ table, name }: StoredName) => tables.get(table)!.get(name)!;
    return {
      tables: new Map([...tables].map(([table, tensors]) => [table, [...tensors.keys()]])),
      metadata: {},
      shapeOf: (stored) => find(stored).shape,
      read: (stored) => file.read(stored.name, find(stored)),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw aboutFile(file.path, error);
  }
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r').catch(async (error: unknown) =>
    Promise.reject(await fileError(error, 'read', path)),
  );
  try {
    return await readBytes(path, file, 0, Math.min((await file.stat()).size, 64));
  } finally {
    await file.close();
  }
}
