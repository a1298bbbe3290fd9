import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import sharp from 'sharp';
import { openSession } from '../../src/backends/open';
import type { HostTensor } from '../../src/backends/session';
import { inScope, input, type Program } from '../../src/compiler/ir/graph';
import { ops } from '../../src/compiler/ops';
import { writeAttention } from '../../src/cli/attention-sheet';
import { attentionMaps } from '../../src/compiler/programs/attention-maps';
import { readSafetensors } from '../../src/data/safetensors';
import { failureOf } from '../support/failure';
import { patterned } from '../support/patterned';
import { greyPictures } from '../support/pictures';
import { inFolder, specIn, weft } from '../support/weft';

const [heads, queries, keys, width] = [2, 3, 5, 4];

/** Three attentions over the same tokens, with and without a mask and a bias. */
function program(): Program {
  const q = input('q', [1, heads, queries, width]);
  const k = input('k', [1, heads, keys, width]);
  const v = input('v', [1, heads, keys, 3]);
  const mask = input('mask', [queries, keys], 'bool');
  const bias = input('bias', [heads, queries, keys]);
  const scale = 0.5;
  const outputs = {
    plain: inScope('a.0', () => ops.attention(q, k, v, { scale })),
    masked: inScope('a.1', () => ops.maskedAttention(q, k, v, mask, { scale })),
    biased: inScope('a.1', () => ops.biasedAttention(q, k, v, bias, { scale })),
  };
  return { name: 'denoise', inputs: [q, k, v, mask, bias], outputs, updates: [] };
}

it('gives the weights with which values are added up, of every kind of attention', async () => {
  const given = program();
  const maps = attentionMaps(given, 'M');
  expect(Object.keys(maps.outputs)).toEqual(['a.0', 'a.1#1', 'a.1#2']);
  const tensor = (name: string, shape: number[]): HostTensor => ({ ...patterned(name, shape, 2), dtype: 'f32' });
  const seen = Int32Array.from({ length: queries * keys }, (_, i) => (i % 3 === 0 ? 0 : 1));
  const inputs = {
    q: tensor('q', [1, heads, queries, width]),
    k: tensor('k', [1, heads, keys, width]),
    v: tensor('v', [1, heads, keys, 3]),
    mask: { shape: [queries, keys], dtype: 'bool', data: seen } as const,
    bias: tensor('bias', [heads, queries, keys]),
  };
  const session = await openSession('reference', [given, maps], { bindings: {} });
  const [outputs, weights] = [await session.run('denoise', inputs), await session.run('attention', inputs)];
  await session.dispose();
  for (const [i, name] of ['plain', 'masked', 'biased'].entries()) {
    const map = weights[['a.0', 'a.1#1', 'a.1#2'][i]];
    expect(map.shape).toEqual([1, heads, queries, keys]);
    for (let row = 0; row < heads * queries; row++) {
      const own = [...map.data.slice(row * keys, (row + 1) * keys)].map(Number);
      expect(own.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
      const head = Math.floor(row / queries);
      for (let c = 0; c < 3; c++) {
        const sum = own.reduce((all, w, key) => all + w * Number(inputs.v.data[(head * keys + key) * 3 + c]), 0);
        expect(sum).toBeCloseTo(Number(outputs[name].data[row * 3 + c]), 6);
      }
      if (name === 'masked') own.forEach((w, key) => seen[(row % queries) * keys + key] === 0 && expect(w).toBe(0));
    }
  }
});

it('selects attentions by their paths', async () => {
  expect(Object.keys(attentionMaps(program(), 'M', ['a.1']).outputs)).toEqual(['a.1#1', 'a.1#2']);
  expect(Object.keys(attentionMaps(program(), 'M', ['*.0']).outputs)).toEqual(['a.0']);
  expect(await failureOf(() => attentionMaps(program(), 'M', ['b']))).toMatch(/no attention at b\.\n?.*a\.0, a\.1#1/s);
});

it('draws what the attentions of a run look at, and writes their weights', () =>
  inFolder(async (folder) => {
    await greyPictures(folder);
    const run = (...args: string[]) => weft(args, { cwd: folder, env: { WEFT_PORTABLE: '1' } });
    specIn(folder, 'tiny.weft');
    expect(await run('train', 'tiny.weft#quick', '--out', 'r', '--steps', '1')).toMatchObject({ status: 0 });
    const sample = (...more: string[]) => run('sample', '--run', 'r', '--labels', '0,1', '--count', '1', ...more);
    const drawn = await sample('--attention', 'maps.png');
    expect(drawn).toMatchObject({ status: 0, stdout: 'samples.png\nmaps.png\n' });
    expect(drawn.stderr).toContain('maps.png: for each image and attention the image, then where the red token looks');
    // A cell is the image with four maps beside it; two images, one attention of patches and one of pixels.
    const { width: wide, height: high } = await sharp(join(folder, 'maps.png')).metadata();
    expect((wide - 10) / (5 * 96 + 4 * 2 + 10)).toBe(1);
    expect(high).toBeGreaterThan(4 * 96);
    await sample('--attention', 'maps.safetensors', '--attention-at', 'patch_blocks.*');
    const maps = await readSafetensors(join(folder, 'maps.safetensors'));
    expect([...maps].map(([path, { shape }]) => [path, shape])).toEqual([['patch_blocks.0.attn.mixed', [2, 2, 4, 4]]]);
    for (const [args, text] of [
      [['--attention', 'maps.png', '--attention-at', 'blocks'], 'has no attention at blocks'],
      [['--attention-at', 'blocks'], '--attention-at says how maps of attention are drawn, and none are'],
      [['--attention-time', '0.5'], '--attention-time says how'],
      [['--attention', 'maps.jpg'], 'neither a picture nor a file of numbers'],
      [['--attention', 'x.png', '--out', 'x.png'], 'both name x.png'],
      // The images go there where --out does not say otherwise.
      [['--attention', './samples.png'], '--out and --attention both name'],
      [['--attention', 'w.safetensors', '--weights', 'w.safetensors'], 'w.safetensors is both read and written'],
      [['--trajectory', 'w.webp', '--given', 'image=w.webp'], 'w.webp is both read and written'],
    ] as const)
      expect(await sample(...args)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(text) });
  }));

it('takes no tokens of text for a part of the image', () =>
  inFolder(async (folder) => {
    // 16 tokens: a cut into 4x4, or one into 2x2 and 12 tokens of text.
    const images: HostTensor = { shape: [1, 3, 8, 8], dtype: 'f32', data: new Float32Array(192) };
    const maps = new Map([
      ['a', { shape: [1, 1, 16, 16], dtype: 'f32', data: new Float32Array(256).fill(1 / 16) } as const],
    ]);
    const widthOf = async (texts: number): Promise<number> => {
      const path = join(folder, `${texts}.png`);
      await writeAttention(path, maps, images, texts);
      return (await sharp(path).metadata()).width;
    };
    // The image and four maps; the image and the matrix.
    expect([await widthOf(0), await widthOf(10), await widthOf(12)]).toEqual([508, 508, 214]);
  }));
