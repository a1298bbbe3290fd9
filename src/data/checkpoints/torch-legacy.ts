/** The layout that PyTorch wrote before 1.6: pickles (magic number, protocol, system, object, keys), then the storages one by one. */
// Tested by test/data/checkpoints/open.test.ts.
import type { FileHandle } from 'node:fs/promises';
import { readBytes } from '../read-bytes';
import { longestDescription, unpickle, type PickleHost } from './pickle';
import { FileProblem, Refused, Truncated } from './problem';
import { torchNames, torchStorage } from './torch-globals';
import type { TorchLayout } from './torch-file';
import { torchWidths, type Storage } from './torch-tensor';

/** The first bytes of such a file: a pickle of the number 0x1950a86a20f9469cfc6c. */
export const legacyStart = Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19);

/** The number of pickles before the storages, which are found without reading them. */
const pickles = 5;
const protocol = 1001;

/** Reads the description of the tensors. */
export async function readTorchLegacy(path: string, file: FileHandle): Promise<TorchLayout> {
  const { size } = await file.stat();
  const widthOf = new Map<string, number>();
  const persistent = (id: unknown): Storage => {
    const storage = torchStorage(id);
    widthOf.set(storage.key, storage.dtype ? torchWidths[storage.dtype] : 1);
    return storage;
  };
  const { global, placeholders } = torchNames();
  const { values, end } = await readPickles({ path, file, size }, { global, persistent });
  const [, version, system, root, keys] = values;
  if (version !== protocol)
    throw new Refused(`a file of version ${String(version)}`, `not ${protocol}, the only one known`);
  if (system instanceof Map && system.get('little_endian') === false)
    throw new Refused('numbers in big-endian order', 'as written on another kind of machine');
  if (!Array.isArray(keys) || !keys.every((k) => typeof k === 'string'))
    throw new FileProblem('its list of storages is damaged');
  const places = await locateAll({ path, file, size }, keys, widthOf, end);
  return {
    root,
    placeholders,
    locate: async ({ key }) => {
      const place = places.get(key);
      if (!place) throw new FileProblem(`it has no storage "${key}"`);
      return place;
    },
  };
}

interface OpenedFile {
  readonly path: string;
  readonly file: FileHandle;
  readonly size: number;
}

/** Reads more and more of the file until the pickles are complete; their length is not stored. */
async function readPickles(
  { path, file, size }: OpenedFile,
  host: PickleHost,
): Promise<{ values: unknown[]; end: number }> {
  const most = Math.min(size, longestDescription);
  for (let length = Math.min(most, 1 << 16); ; length = Math.min(most, 4 * length)) {
    const bytes = await readBytes(path, file, 0, length);
    try {
      const values: unknown[] = [];
      let end = 0;
      while (values.length < pickles) {
        const found = unpickle(bytes, host, end);
        values.push(found.value);
        end = found.end;
      }
      return { values, end };
    } catch (error) {
      if (!(error instanceof Truncated) || length === most) throw error;
    }
  }
}

/** Each storage consists of its number of elements in 64 bits, and the elements. */
async function locateAll(
  { path, file, size }: OpenedFile,
  keys: readonly string[],
  widthOf: ReadonlyMap<string, number>,
  start: number,
): Promise<Map<string, { position: number; bytes: number }>> {
  const places = new Map<string, { position: number; bytes: number }>();
  let at = start;
  for (const key of keys) {
    const width = widthOf.get(key);
    if (width === undefined) throw new FileProblem(`it has a storage "${key}" that no tensor uses`);
    const count = Number(Buffer.from(await readBytes(path, file, at, 8)).readBigUInt64LE(0));
    const place = { position: at + 8, bytes: count * width };
    at = place.position + place.bytes;
    if (at > size)
      throw new FileProblem(`it ends in the middle of the storage "${key}": ${at - size} bytes or more are missing`);
    places.set(key, place);
  }
  return places;
}
