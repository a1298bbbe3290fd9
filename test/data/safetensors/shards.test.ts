import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { openSafetensors, readSafetensors, writeSafetensors } from '../../../src/data/safetensors';
import { openWeights } from '../../../src/data/checkpoints/open';
import { withTemporaryFolder } from '../../../src/files/atomic';
import { failureOf } from '../../support/failure';

const tensor = (x: number) => ({ shape: [1], dtype: 'f32', data: Float32Array.of(x) }) as const;

async function shardedSet(folder: string): Promise<string> {
  await writeSafetensors(join(folder, 'model-00001-of-00002.safetensors'), { a: tensor(1), b: tensor(2) });
  await writeSafetensors(join(folder, 'model-00002-of-00002.safetensors'), { c: tensor(3) });
  const first = 'model-00001-of-00002.safetensors';
  return writeIndex(folder, { a: first, b: first, c: 'model-00002-of-00002.safetensors' });
}

async function writeIndex(folder: string, weightMap: { [name: string]: unknown }): Promise<string> {
  const path = join(folder, 'model.safetensors.index.json');
  await writeFile(path, JSON.stringify({ metadata: { total_size: 12 }, weight_map: weightMap }));
  return path;
}

it('reads an index of shards, and a folder that holds one', () =>
  withTemporaryFolder(async (folder) => {
    const path = await shardedSet(folder);
    const all = await readSafetensors(path);
    expect([...all].map(([name, t]) => [name, ...t.data])).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
    const source = await openWeights(folder);
    expect(source.names).toEqual(['a', 'b', 'c']);
    expect(source.shapeOf('c')).toEqual([1]);
    expect(await source.read('c')).toEqual(Float32Array.of(3));
    await source.close();
  }));

it('reads a folder with one file and asks which when there are several', () =>
  withTemporaryFolder(async (folder) => {
    expect(await failureOf(() => openSafetensors(folder))).toMatch(/holds no \.safetensors file/);
    await writeSafetensors(join(folder, 'ema.safetensors'), { a: tensor(1) });
    expect([...(await readSafetensors(folder)).keys()]).toEqual(['a']);
    await writeSafetensors(join(folder, 'weights.safetensors'), { a: tensor(1) });
    expect(await failureOf(() => openSafetensors(folder))).toMatch(/2 sets of weights: ema\.safetensors, weights/);
  }));

it('lists shards that are missing and tensors that are not where the index says', () =>
  withTemporaryFolder(async (folder) => {
    const path = await shardedSet(folder);
    await writeIndex(folder, { a: 'model-00002-of-00002.safetensors' });
    expect(await failureOf(() => openSafetensors(path))).toMatch(
      /says that "a" lies in model-00002.*which has no such tensor/,
    );
    await rm(join(folder, 'model-00002-of-00002.safetensors'));
    expect(await failureOf(() => openSafetensors(path))).toMatch(/names 1 file, of which 1 is missing: model-00002/);
  }));

it('reads no shard from outside the folder of the index', () =>
  withTemporaryFolder(async (folder) => {
    const path = await writeIndex(folder, { a: '../other.safetensors' });
    expect(await failureOf(() => openSafetensors(path))).toMatch(/not a \.safetensors file beside it/);
    await writeFile(path, '{"weight_map": 3}');
    expect(await failureOf(() => openSafetensors(path))).toMatch(/no table "weight_map"/);
    await writeFile(path, '{');
    expect(await failureOf(() => openSafetensors(path))).toMatch(/not a sound index .* not JSON/);
  }));
