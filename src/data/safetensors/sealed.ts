/** Tensors that can be made again, kept with a checksum: what is damaged is not used. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { HostTensor, HostTensors } from '../../backends/session';
import { openSafetensors } from './read';
import { writeSafetensors } from './write';

/** In the file's metadata. */
const seal = 'sha256';

export async function writeSealedTensors(path: string, tensors: HostTensors): Promise<void> {
  await writeSafetensors(path, tensors, { metadata: { [seal]: sumOf(tensors) } });
}

/** The tensors of a file that `writeSealedTensors` wrote; null where there is none, or a damaged one, which `warn` is told of. */
export async function readSealedTensors(
  path: string,
  warn: (message: string) => void = () => {},
): Promise<HostTensors | null> {
  if (!existsSync(path)) return null;
  const found = await readAll(path).catch(() => null);
  if (found && found.sum === sumOf(found.tensors)) return found.tensors;
  warn(`${path} is damaged; what it held is computed again.`);
  return null;
}

async function readAll(path: string): Promise<{ readonly sum: string; readonly tensors: HostTensors }> {
  const file = await openSafetensors(path);
  try {
    const tensors: { [name: string]: HostTensor } = {};
    for (const name of file.names) tensors[name] = await file.read(name);
    return { sum: file.metadata[seal], tensors };
  } finally {
    await file.close();
  }
}

/** Over names, shapes, types and numbers, in order of names. */
function sumOf(tensors: HostTensors): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(tensors).sort()) {
    const { shape, dtype, data } = tensors[name];
    hash.update(JSON.stringify([name, shape, dtype]));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
