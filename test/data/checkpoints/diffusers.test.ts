import { expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeDiffusersFolder } from '../../../src/data/checkpoints/diffusers';
import { openWeights } from '../../../src/data/checkpoints/open';
import { fromTensors } from '../../../src/data/weight-source';

it('reads back the folder it writes, with its configuration', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weft-'));
  try {
    const weights = fromTensors({ 'proj.weight': { shape: [2, 1], dtype: 'f32', data: Float32Array.of(1.5, -2) } });
    const model = {
      name: 'Tiny',
      hyperparameters: { size: { size: [4, 8] }, ratio: { ratio: [16, 1] }, depth: 2 },
    } as const;
    await writeDiffusersFolder(join(folder, 'transformer'), model, weights, { dtype: 'BF16' });
    expect((await readdir(join(folder, 'transformer'))).sort()).toEqual([
      'config.json',
      'diffusion_pytorch_model.safetensors',
    ]);
    const read = await openWeights(join(folder, 'transformer'));
    expect(await read.read('proj.weight')).toEqual(Float32Array.of(1.5, -2));
    expect(JSON.parse(read.metadata.config)).toMatchObject({
      _class_name: 'Tiny',
      size: '4x8',
      ratio: '16:1',
      depth: 2,
    });
    await read.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});
