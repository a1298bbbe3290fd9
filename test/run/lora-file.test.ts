import { expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostTensor, HostTensors } from '../../src/backends/session';
import { adapted } from '../../src/compiler/programs/adapters';
import { writeSafetensors } from '../../src/data/safetensors';
import { withTemporaryFolder } from '../../src/files/atomic';
import { readLora, writeLora } from '../../src/run/lora-file';
import { failureOf } from '../support/failure';
import { tinyModel } from '../support/tiny-model';

const model = tinyModel();

function filled(shape: readonly number[], value: number): HostTensor {
  return { shape, dtype: 'f32', data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value) };
}

/** The adapters of a file with these tensors: label, A, B and scale. */
async function read(tensors: HostTensors, metadata: { [key: string]: string } = {}, config?: object) {
  return withTemporaryFolder(async (folder) => {
    await writeSafetensors(join(folder, 'x.safetensors'), tensors, { metadata });
    if (config) writeFileSync(join(folder, 'adapter_config.json'), JSON.stringify(config));
    const found = await readLora(join(folder, 'x.safetensors'), model);
    return [...found].map(([label, { down, up, scale }]) => [label, down.data[0], up.data[0], scale]);
  });
}

const [down, up] = [filled([4, 8], 2), filled([8, 4], 3)];

it.each<[string, string, string]>([
  ['PEFT', 'base_model.model.block.q.lora_A.weight', 'base_model.model.block.q.lora_B.weight'],
  ['diffusers', 'transformer.block.q.lora_A.weight', 'transformer.block.q.lora_B.weight'],
  [
    'PEFT with the name of an adapter',
    'base_model.model.block.q.lora_A.default.weight',
    'block.q.lora_B.default.weight',
  ],
  ['an older layout', 'unet.block.q.lora_down.weight', 'unet.block.q.lora_up.weight'],
  ['no prefix', 'block.q.lora.down.weight', 'block.q.lora.up.weight'],
])('reads the names of %s', async (_, a, b) => {
  expect(await read({ [a]: down, [b]: up })).toEqual([['block.q.weight', 2, 3, 1]]);
});

it('takes alpha from the layer, the metadata or the configuration beside it, and else the rank', async () => {
  const pair = { 'block.q.lora_A.weight': down, 'block.q.lora_B.weight': up };
  const scaleOf = async (...args: Parameters<typeof read>): Promise<unknown> => (await read(...args))[0][3];
  expect(await scaleOf(pair)).toBe(1);
  expect(await scaleOf(pair, { lora_alpha: '2' })).toBe(0.5);
  expect(await scaleOf(pair, {}, { lora_alpha: 12 })).toBe(3);
  expect(await scaleOf({ ...pair, 'block.q.alpha': filled([], 6) }, {}, { lora_alpha: 12 })).toBe(1.5);
});

it.each<[string, HostTensors, object | undefined, RegExp]>([
  [
    'another model',
    { 'blokc.q.lora_A.weight': down, 'blokc.q.lora_B.weight': up },
    undefined,
    /no adapters of linear layers of Tiny: blokc\.q\.lora_A\.weight[^]*The model has block\.q/,
  ],
  [
    'a part of another kind',
    { 'block.q.lora_magnitude_vector': down },
    undefined,
    /no adapters of linear layers of Tiny/,
  ],
  ['a layer that is not linear', { 'block.norm.lora_A.weight': down }, undefined, /no adapters of linear layers/],
  ['half of a pair', { 'block.q.lora_A.weight': down }, undefined, /of block\.q the tensor lora_B\.weight is missing/],
  [
    'other widths',
    { 'embed.lora_A.weight': down, 'embed.lora_B.weight': up },
    undefined,
    /A \[4, 8\] and B \[8, 4\]; the layer is \[8, 12\]/,
  ],
  [
    'ranks that differ',
    { 'block.q.lora_A.weight': down, 'block.q.lora_B.weight': filled([8, 2], 1) },
    undefined,
    /A \[rank, 8\] and B \[8, rank\]/,
  ],
  ['nothing', {}, undefined, /holds no adapters/],
  [
    'DoRA',
    { 'block.q.lora_A.weight': down, 'block.q.lora_B.weight': up },
    { use_dora: true },
    /says `use_dora`, which Weft does not read/,
  ],
  [
    'an alpha for each layer',
    { 'block.q.lora_A.weight': down, 'block.q.lora_B.weight': up },
    { alpha_pattern: { q: 2 } },
    /says `alpha_pattern`/,
  ],
])('refuses a file of %s', async (_, tensors, config, message) => {
  expect(await failureOf(() => read(tensors, {}, config))).toMatch(message);
});

it('reads back what it writes', () =>
  withTemporaryFolder(async (folder) => {
    const { adapters } = adapted(model, { kind: 'lora', rank: 2, at: ['block'], alpha: 5 });
    const values = Object.fromEntries(
      adapters.flatMap(({ down, up }, i) => [
        [down.leaf.name, filled(down.shape as number[], i)],
        [up.leaf.name, filled(up.shape as number[], -i)],
      ]),
    );
    const out = join(folder, 'out');
    expect(await writeLora(out, { adapters, values, rank: 2, alpha: 5, remarks: {} })).toEqual([
      join(out, 'adapter_model.safetensors'),
      join(out, 'adapter_config.json'),
    ]);
    const back = await readLora(out, model);
    expect([...back.keys()].sort()).toEqual(adapters.map((a) => a.base.leaf.name).sort());
    for (const { base, down, up, scale } of adapters)
      expect(back.get(base.leaf.name)).toMatchObject({
        down: { data: values[down.leaf.name].data },
        up: { data: values[up.leaf.name].data },
        scale,
      });
    expect(await failureOf(() => readLora(folder, model))).toMatch(/holds no adapters[^]*adapter_model\.safetensors/);
  }));
