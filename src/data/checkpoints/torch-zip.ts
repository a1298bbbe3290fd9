/** The layout that PyTorch has written since 1.6: a zip archive with one pickle, `data.pkl`, and a file for each storage. */
// Tested by test/data/checkpoints/open.test.ts.
import { someOf } from '../../compiler/diagnostics/counted';
import { printable } from '../../compiler/diagnostics/printable';
import type { FileHandle } from 'node:fs/promises';
import { formatBytes } from '../../files/file-error';
import { readBytes } from '../read-bytes';
import { longestDescription, unpickle } from './pickle';
import { FileProblem, Refused } from './problem';
import { torchNames, torchStorage } from './torch-globals';
import type { TorchLayout } from './torch-file';
import { checkContents, dataPosition, readZipIndex, type ZipEntry } from './zip-index';

/** Reads the description of the tensors. */
export async function readTorchZip(path: string, file: FileHandle): Promise<TorchLayout> {
  const entries = await readZipIndex(path, file);
  const pickles = [...entries.keys()].filter((name) => /^[^/]*\/data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (!pickle) throw new Refused(otherArchive([...entries.keys()]), 'not a table of tensors as torch.save writes it');
  if (pickles.length > 1)
    throw new Refused(
      `${pickles.length} tables of tensors, ${someOf(pickles, 3, ' and ')}`,
      'where torch.save writes one',
    );
  const folder = pickle.slice(0, -'data.pkl'.length);
  const contents = async (name: string): Promise<Uint8Array | null> => {
    const entry = entries.get(folder + name);
    if (entry && entry.size > longestDescription)
      throw new FileProblem(`its description of the tensors has ${formatBytes(entry.size)}`);
    return entry ? readBytes(path, file, await positionOf(path, file, entry), entry.size) : null;
  };
  const order = await contents('byteorder');
  if (order && Buffer.from(order).toString() === 'big')
    throw new Refused('numbers in big-endian order', 'as written on another kind of machine');
  const found = new Map<string, Promise<number>>();
  const { global, placeholders } = torchNames();
  const { value } = unpickle((await contents('data.pkl'))!, { global, persistent: torchStorage });
  return {
    root: value,
    placeholders,
    locate: async ({ key }) => {
      const entry = entries.get(`${folder}data/${key}`);
      if (!entry) throw new FileProblem(`it has no storage "${key}"`);
      const position = found.get(key) ?? positionOf(path, file, entry);
      found.set(key, position);
      return { position: await position, bytes: entry.size };
    },
  };
}

/** The position of an entry's bytes, after their checksum has been verified. */
async function positionOf(path: string, file: FileHandle, entry: ZipEntry): Promise<number> {
  if (entry.method !== 0 || entry.size !== entry.storedSize)
    throw new Refused('compressed tensors', 'which torch.save does not write: the archive was packed again');
  const position = await dataPosition(path, file, entry);
  await checkContents(path, file, entry, position);
  return position;
}

function otherArchive(names: readonly string[]): string {
  if (names.some((n) => /(^|\/)constants\.pkl$/.test(n))) return 'a TorchScript program';
  if (names.some((n) => n.endsWith('.npy'))) return 'NumPy arrays (.npz)';
  return `an archive of ${someOf(names.map(printable), 3)}`;
}
