import { expect, it } from '@jest/globals';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { weightsInFolder } from '../../../src/data/checkpoints/folder';
import { withTemporaryFolder } from '../../../src/files/atomic';
import { failureOf } from '../../support/failure';

/** A folder of files, which hold what is given by name or nothing. */
async function filled(
  folder: string,
  names: readonly string[],
  texts: { readonly [name: string]: string } = {},
): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), texts[name] ?? '');
  }
}

const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];

it.each<[string, readonly string[], string]>([
  ['the only file', ['ema.safetensors', 'config.json', 'README.md'], 'ema.safetensors'],
  ['a checkpoint', ['last.ckpt', 'events.log'], 'last.ckpt'],
  ['safetensors before pickles', ['model.safetensors', 'pytorch_model.bin'], 'model.safetensors'],
  ['the index of shards', [...shards, 'model.safetensors.index.json'], 'model.safetensors.index.json'],
  [
    'the index of shards of a variant',
    ['diffusion_pytorch_model.safetensors.index.fp16.json', 'diffusion_pytorch_model.fp16-00001-of-00001.safetensors'],
    'diffusion_pytorch_model.safetensors.index.fp16.json',
  ],
  [
    'the index of .bin shards',
    ['pytorch_model.bin.index.json', 'pytorch_model-00001-of-00001.bin'],
    'pytorch_model.bin.index.json',
  ],
  [
    'the plain file beside a variant',
    ['diffusion_pytorch_model.fp16.safetensors', 'diffusion_pytorch_model.safetensors'],
    'diffusion_pytorch_model.safetensors',
  ],
  ['the only variant', ['model.fp16.safetensors'], 'model.fp16.safetensors'],
  [
    'the denoiser of a pipeline',
    ['model_index.json', 'vae/diffusion_pytorch_model.safetensors', 'unet/diffusion_pytorch_model.safetensors'],
    'unet/diffusion_pytorch_model.safetensors',
  ],
  [
    'the states of DeepSpeed',
    [
      'latest',
      'global_step5/mp_rank_00_model_states.pt',
      'global_step5/zero_pp_rank_0_mp_rank_00_optim_states.pt',
      'zero_to_fp32.py',
    ],
    'global_step5/mp_rank_00_model_states.pt',
  ],
])('finds %s', (_, names, found) =>
  withTemporaryFolder(async (folder) => {
    await filled(folder, names, { latest: 'global_step5\n' });
    expect(relative(folder, await weightsInFolder(folder))).toBe(found);
  }),
);

it.each<[string, readonly string[], RegExp]>([
  [
    'torch.distributed',
    ['.metadata', '__0_0.distcp', '__1_0.distcp'],
    /checkpoint of torch\.distributed\.checkpoint[^]*format_utils dcp_to_torch .* weights\.pt/,
  ],
  [
    'DeepSpeed that is spread out',
    ['zero_pp_rank_0_mp_rank_00_model_states.pt', 'zero_pp_rank_1_mp_rank_00_model_states.pt'],
    /spread over 2 files[^]*zero_to_fp32\.py/,
  ],
  ['shards without an index', shards, /holds 2 shards of weights, but no index \(model\.safetensors\.index\.json\)/],
  ['several sets', ['a.safetensors', 'b.safetensors'], /holds 2 sets of weights: a\.safetensors, b\.safetensors/],
  ['several variants', ['model.fp16.safetensors', 'model.bf16.safetensors'], /holds 2 sets of weights/],
  ['no weights', ['notes.txt'], /nor any other weights; it has notes\.txt/],
])('says what a folder of %s needs', (_, names, message) =>
  withTemporaryFolder(async (folder) => {
    await filled(folder, names);
    expect(await failureOf(() => weightsInFolder(folder))).toMatch(message);
  }),
);
