/** Opens weights in any supported format, recognised by content: safetensors, PyTorch files of both layouts, folders of these. */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { requirePath } from '../../compiler/diagnostics/require-kind';
import { printable } from '../../compiler/diagnostics/printable';
import { openToRead, readWhole } from '../../files/regular-file';
import { readBytes } from '../read-bytes';
import { roundedFloats, roundingNote, type Rounding } from '../rounding';
import { openSafetensors } from '../safetensors';
import { isStoredDType, type DecodedTensor } from '../safetensors/dtypes';
import type { SafetensorsReader } from '../safetensors/reader';
import { isIndexName, openShards } from '../safetensors/shards';
import type { WeightSource } from '../weight-source';
import { refusePart, weightsInFolder } from './folder';
import { chooseWeights, type Choice, type StoredName, type Which } from './layouts';
import { namedLists, namelessLists } from './ordered-averages';
import { aboutFile } from './problem';
import { tensorTables } from './state-dicts';
import { TorchFile } from './torch-file';
import { legacyStart, readTorchLegacy } from './torch-legacy';
import { UnreadTensor } from './torch-tensor';
import { unusedNumbers } from './unused-numbers';
import { readTorchZip } from './torch-zip';

/** A tensor as it is stored. */
export interface StoredInfo {
  /** The element type by the name that safetensors files give it. */
  readonly dtype: string;
  /** Empty if it is not known, which may be the case for `unread` tensors. */
  readonly shape: readonly number[];
  /** The kind of tensor, if its numbers cannot be read. */
  readonly unread?: string;
}

/** Open weights under the names of the model; close them after use. */
export interface OpenWeights extends WeightSource {
  readonly path: string;
  /** Whether these are marked as averaged weights. */
  readonly which: Which;
  /** What was chosen, if the file has several sets; null otherwise. */
  readonly note: string | null;
  /** Classes of Python objects in the file that were not rebuilt. */
  readonly placeholders: readonly string[];
  /** Metadata of the file; `config` is the text of a folder's config.json. */
  readonly metadata: { readonly [key: string]: string };
  info(name: string): StoredInfo;
  close(): Promise<void>;
}

/** Options for opening weights. */
export interface OpenOptions extends Choice {
  /** Called with notes on numbers that float32 could not keep; with one on all that it rounds, when the weights are closed. */
  readonly tell?: (note: string) => void;
}

/** A file before it is decided which of its tensors are wanted. */
interface Container {
  readonly tables: ReadonlyMap<string, readonly string[]>;
  readonly metadata: { readonly [key: string]: string };
  readonly placeholders: readonly string[];
  /** A note on the file, reported when it is opened; null for none. */
  readonly remark: string | null;
  info(stored: StoredName): StoredInfo;
  read(stored: StoredName): Promise<DecodedTensor>;
  close(): Promise<void>;
}

/** The metadata key under which files written by Weft say which weights they hold. */
export const whichKey = 'weights';

const longestConfig = 1_000_000;

/**
 * Opens a safetensors file, an index of shards, a PyTorch file (`.ckpt`, `.pth`, `.pt`, `.bin`), or a folder that holds one,
 * also in the layout of diffusers. Prefixes of training code (`denoiser.`, `core.`) are removed from the names, and wrappers
 * (`_orig_mod.`, `module.`) wherever they are. The type of a tensor is checked when it is read.
 * Throws a `WeftError` for a file that is damaged, or of another format.
 */
export async function openWeights(path: string, options: OpenOptions = {}): Promise<OpenWeights> {
  const container = await openContainer(path);
  try {
    const mark = container.metadata[whichKey];
    const marked = mark === 'ema' || mark === 'raw' ? mark : undefined;
    const tables = namedLists(container.tables, (stored) => container.info(stored).shape);
    const set = chooseWeights(path, tables, { marked, ...options });
    for (const list of namelessLists(tables))
      options.tell?.(
        `${path}: the averages in ${printable(list)} have no names, and agree with no table of weights in number and shapes; they are not used`,
      );
    if (container.remark) options.tell?.(`${path}: ${container.remark}`);
    const roundings = new Map<string, Rounding>();
    const find = (name: string): StoredName => {
      const stored = set.stored.get(name);
      if (stored) return stored;
      throw new WeftError(`${path} has no tensor "${printable(name)}".`, `It has ${set.stored.size} others.`);
    };
    return {
      path,
      which: set.which,
      note: set.note,
      placeholders: container.placeholders,
      metadata: container.metadata,
      names: [...set.stored.keys()],
      info: (name) => container.info(find(name)),
      shapeOf: (name) => container.info(find(name)).shape,
      read: async (name) => {
        const { data, note, rounded } = await container.read(find(name));
        if (note) options.tell?.(`${path}: ${note}`);
        const whole = data instanceof Int32Array ? roundedFloats(data) : null;
        const change = whole ? whole.rounded : rounded;
        if (change) roundings.set(name, change);
        if (whole) return whole.data;
        return data instanceof Float32Array ? data : Float32Array.from(data);
      },
      close: async () => {
        if (roundings.size > 0) options.tell?.(`${path}: ${roundingNote(roundings)}`);
        roundings.clear();
        await container.close();
      },
    };
  } catch (error) {
    await container.close();
    throw error;
  }
}

/** What a file of weights says of itself; nothing where its format has no place for it. */
export async function readWeightsMetadata(path: string): Promise<{ readonly [key: string]: string }> {
  const { metadata, close } = await openContainer(path);
  await close();
  return metadata;
}

async function openContainer(path: string): Promise<Container> {
  requirePath(path, 'Weights are read from a file: writeSafetensors makes one of tensors in memory.');
  // If the path does not exist, the message is that for safetensors files.
  const found = await stat(path).catch(() => null);
  if (!found) return safetensors(await openSafetensors(path));
  if (found.isFile()) refusePart(path);
  const file = found.isDirectory() ? await weightsInFolder(path) : path;
  const container = await openFile(file);
  const config = join(dirname(file), 'config.json');
  if (!found.isDirectory() || !existsSync(config)) return container;
  const text = (await readWhole(config, longestConfig)).toString('utf8');
  return { ...container, metadata: { ...container.metadata, config: text } };
}

async function openFile(path: string): Promise<Container> {
  if (isIndexName(path)) return safetensors(await openShards(path, openShard));
  const torch = await openTorch(path);
  return torch ? torchTables(torch) : safetensors(await openSafetensors(path));
}

/** One file of several. */
async function openShard(path: string): Promise<SafetensorsReader> {
  const torch = await openTorch(path);
  if (!torch) return openSafetensors(path);
  const { tables, remark, info, read, close } = torchTables(torch);
  const table = tables.has('') ? '' : ([...tables.keys()][0] ?? '');
  return {
    path,
    names: tables.get(table) ?? [],
    metadata: {},
    ...(remark && { remark }),
    info: (name) => ({ ...info({ table, name }), bytes: 0 }),
    read: (name) => read({ table, name }),
    close,
  };
}

/** A PyTorch file of either layout; null for other files. */
async function openTorch(path: string): Promise<TorchFile | null> {
  const start = await firstBytes(path);
  if (Buffer.from(start).toString('latin1', 0, 2) === 'PK') return TorchFile.open(path, readTorchZip);
  if (legacyStart.every((byte, i) => start[i] === byte)) return TorchFile.open(path, readTorchLegacy);
  if (start[0] === 0x80 && start[1] >= 2 && start[1] <= 5 && start[8] !== 0x7b) {
    throw new WeftError(
      `${path} is a Python pickle that PyTorch did not write.`,
      'Save the weights with torch.save(model.state_dict(), path) or as safetensors.',
    );
  }
  return null;
}

function safetensors(reader: SafetensorsReader): Container {
  return {
    tables: new Map([['', reader.names]]),
    metadata: reader.metadata,
    placeholders: [],
    remark: reader.remark || null,
    info: ({ name }) => {
      const { dtype, shape, unread } = reader.info(name);
      return { dtype, shape, ...(isStoredDType(dtype) ? {} : { unread: unread ?? `of the type ${dtype}` }) };
    },
    read: ({ name }) => reader.read(name),
    close: () => reader.close(),
  };
}

/** The tables of a file, which stays open. */
function torchTables(file: TorchFile): Container {
  try {
    const tables = tensorTables(file.root);
    const find = ({ table, name }: StoredName) => tables.get(table)!.get(name)!;
    return {
      tables: new Map([...tables].map(([table, tensors]) => [table, [...tensors.keys()]])),
      metadata: {},
      placeholders: [...file.placeholders],
      remark: unusedNumbers(tables),
      info: (stored) => {
        const tensor = find(stored);
        if (tensor instanceof UnreadTensor) return { dtype: '', shape: tensor.shape, unread: tensor.what };
        const { dtype, shape } = tensor;
        return { dtype, shape, ...(isStoredDType(dtype) ? {} : { unread: `of the type ${dtype}` }) };
      },
      read: (stored) => file.read(stored.name, find(stored)),
      close: () => file.close(),
    };
  } catch (error) {
    void file.close();
    throw aboutFile(file.path, error);
  }
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await openToRead(path);
  try {
    return await readBytes(path, file, 0, Math.min((await file.stat()).size, 64));
  } finally {
    await file.close();
  }
}
