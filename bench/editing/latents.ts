/** Writes the latents of a recipe's pictures with their captions, for a model of latents to be trained on. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { rowsOf, typedData } from '../../src/backends/host';
import { readImages } from '../../src/data/batches';
import { openImageSet } from '../../src/data/image-set';
import { writeNpy } from '../../src/data/npy';
import { writeFileAtomic } from '../../src/files/atomic';
import { readRunRecord } from '../../src/train/find-record';
import { encode } from './autoencoder';

const size = { height: 24, width: 24, channels: 3 };

/** Encodes what the autoencoder of a run was trained on into a folder; gives mean and standard deviation of all numbers. */
export async function writeLatents(
  run: string,
  weights: string,
  folder: string,
): Promise<{ mean: number; deviation: number }> {
  const set = await openImageSet((await readRunRecord(run)).recipe.data, size);
  try {
    const latents = await encode(weights, await readImages(set, [...Array(set.count).keys()]));
    await mkdir(folder, { recursive: true });
    const rows: string[] = [];
    for (let i = 0; i < set.count; i++) {
      const { shape, data } = rowsOf(latents, [i]);
      await writeNpy(join(folder, `${i}.npy`), { shape: shape.slice(1), data: typedData(data, 'f32') });
      rows.push(JSON.stringify({ file_name: `${i}.npy`, text: set.captions[i] }));
    }
    await writeFileAtomic(join(folder, 'metadata.jsonl'), `${rows.join('\n')}\n`);
    return momentsOf(latents.data);
  } finally {
    await set.close();
  }
}

function momentsOf(data: ArrayLike<number>): { mean: number; deviation: number } {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    sum += data[i];
    squares += data[i] ** 2;
  }
  const mean = sum / data.length;
  return { mean, deviation: Math.sqrt(squares / data.length - mean ** 2) };
}
