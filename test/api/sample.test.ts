import { expect, it } from '@jest/globals';
import type { HostTensor } from '../../src/backends/session';
import { staticShape } from '../../src/compiler/ir/dims';
import { normalDraws } from '../../src/compiler/ops/philox';
import { sample } from '../../src/index';
import { compileModel } from '../support/compile';

const small = { size: '8x8', patch: '4', width: '16', heads: '2', depth: '1', pixel_width: '4', pixel_depth: '1' };
const sizes = { ...small, attn_width: '8', attn_heads: '2', text_width: '8', text_length: '6' };
const reading = { encoder: 'words', prefix: '', length: 5 } as const;
const settings = { solver: 'euler', steps: 2, guidance: { scale: 2, from: 0, to: 1 } } as const;

it('draws one image for each prompt, and another for another prompt', async () => {
  const model = compileModel('specs/pixeldit-t2i.weft', 'PixelDiT_T2I', sizes);
  // Layers that start at zero would hide the text.
  const weights = Object.fromEntries(
    model.weights.map((w, i): [string, HostTensor] => {
      const shape = staticShape(w.shape);
      const draws = normalDraws(
        [1, 0],
        i,
        shape.reduce((a, b) => a * b, 1),
      );
      return [w.leaf.name, { shape, dtype: 'f32', data: Float32Array.from(draws, (x) => 0.2 * x) }];
    }),
  );
  const draw = async (prompts: readonly string[]): Promise<Float32Array> => {
    const images = await sample(model, { weights, prompts, reading, settings, backend: 'tfjs', seed: 1 });
    expect(images.shape).toEqual([prompts.length, 3, 8, 8]);
    return images.data as Float32Array;
  };
  const [both, one] = [await draw(['red heart', 'blue star']), await draw(['red heart'])];
  const half = both.length / 2;
  one.forEach((x, i) => expect(both[i]).toBeCloseTo(x, 4));
  const other = (await draw(['blue star'])).some((x, i) => Math.abs(x - one[i]) > 1e-4);
  expect([other, both.length]).toEqual([true, 2 * half]);
  await expect(sample(model, { weights, prompts: ['x'] })).rejects.toThrow('without `reading`');
});

it.each([
  ['labels', { labels: [0] }, 'PixelDiT_T2I knows no classes'],
  [
    'a negative prompt without guidance',
    { negative: 'x', settings: { ...settings, guidance: null } },
    'Without guidance',
  ],
  [
    'a negative prompt at scale 1',
    { negative: 'x', settings: { ...settings, guidance: { scale: 1, from: 0, to: 1 } } },
    'Without guidance',
  ],
])('refuses %s, which would change nothing', async (_, options, message) => {
  const model = compileModel('specs/pixeldit-t2i.weft', 'PixelDiT_T2I', sizes);
  const all = { weights: {}, prompts: ['red heart'], reading, ...options };
  await expect(sample(model, all as Parameters<typeof sample>[1])).rejects.toThrow(message);
});

it('refuses texts for a model that reads none', async () => {
  const model = compileModel('specs/pixeldit.weft', 'PixelDiT', small);
  await expect(sample(model, { weights: {}, prompts: ['x'], reading })).rejects.toThrow('PixelDiT takes no text');
  const text = { text: { shape: [1, 1, 1], dtype: 'f32', data: Float32Array.of(1) } } as const;
  await expect(sample(model, { weights: {}, text })).rejects.toThrow('PixelDiT takes no text');
});
