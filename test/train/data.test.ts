import { expect, it } from '@jest/globals';
import type { TrainRecipe } from '../../src/compiler/recipe/index';
import { openTrainingData } from '../../src/train/data';
import { compileModel } from '../support/compile';
import { inFolder } from '../support/weft';

const small = { size: '8x8', patch: '4', width: '16', heads: '2', depth: '1', pixel_width: '4', pixel_depth: '1' };
const text = { ...small, attn_width: '8', attn_heads: '2', text_width: '8', text_length: '6' };
const recipe: TrainRecipe = {
  name: 'tiny',
  model: 'Tiny',
  data: { kind: 'emoji', styles: ['flags'], groups: null, flip: false },
  objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-3, betas: [0.9, 0.999], eps: 1e-8, decay: 0 },
  warmup: 0,
  clip: null,
  ema: null,
  labelDrop: 0,
  precision: 'f32',
  batch: 3,
  steps: 1,
  seed: 0,
  phases: [],
  checkpoint: 1,
};
const words = { encoder: 'words', prefix: '', length: 4 } as const;

it('gives each image the features of its own caption, and one row of the empty prompt where texts are dropped', () =>
  inFolder(async (cache) => {
    const model = compileModel('specs/pixeldit-t2i.weft', 'PixelDiT_T2I', { ...text, text_mask: 'true' });
    const data = await openTrainingData(model, { ...recipe, text: words, textDrop: 0.1 }, { cache });
    const batch = await data.batch(2);
    expect(Object.fromEntries(Object.entries(batch).map(([name, t]) => [name, t.shape]))).toEqual({
      x0: [3, 3, 8, 8],
      text: [3, 4, 8],
      text_mask: [3, 4],
      text_none: [1, 4, 8],
      text_mask_none: [1, 4],
    });
    expect([...batch.text_mask_none.data]).toEqual([1, 0, 0, 0]);
    // Every row is that of some caption, as a prompt would have it.
    const { captions, conditions } = data.texts!;
    const all = await conditions(captions);
    const rowsOf = ({ data: numbers }: (typeof all)[string], count: number) =>
      Array.from({ length: count }, (_, i) => numbers.subarray(i * 32, (i + 1) * 32).join());
    const known = rowsOf(all.text, captions.length);
    const shown = rowsOf(batch.text, 3).map((row) => captions[known.indexOf(row)]);
    expect(shown).toEqual([expect.stringMatching(/^flag of/), expect.any(String), expect.any(String)]);
    expect(new Set(shown).size).toBe(3);
    await data.close();
  }));

it('gives neither mask nor empty prompt where the model and recipe want none', () =>
  inFolder(async (cache) => {
    const model = compileModel('specs/pixeldit-t2i.weft', 'PixelDiT_T2I', text);
    const data = await openTrainingData(model, { ...recipe, text: words }, { cache });
    expect(Object.keys(await data.batch(0))).toEqual(['x0', 'text']);
    await data.close();
  }));

it('gives the numbers of words to a model that looks them up', () =>
  inFolder(async (cache) => {
    const model = compileModel('specs/pixeldit-t2i.weft', 'PixelDiT_T2I', { ...text, vocabulary: '600' });
    const vocabulary = { ...words, encoder: 'vocabulary' } as const;
    const data = await openTrainingData(model, { ...recipe, text: vocabulary, textDrop: 0.1 }, { cache });
    const { tokens, tokens_none: none, ...others } = await data.batch(2);
    expect([tokens.shape, tokens.dtype, Object.keys(others)]).toEqual([[3, 4], 'i32', ['x0']]);
    expect(none).toEqual({ shape: [1, 4], dtype: 'i32', data: new Int32Array(4) });
    const { captions, conditions } = data.texts!;
    const all = (await conditions(captions)).tokens.data;
    // Every row is that of some caption.
    const known = captions.map((_, i) => all.subarray(4 * i, 4 * (i + 1)).join());
    expect([0, 1, 2].every((i) => known.includes(tokens.data.subarray(4 * i, 4 * (i + 1)).join()))).toBe(true);
    await data.close();
    const small = compileModel('specs/pixeldit-t2i.weft', 'PixelDiT_T2I', { ...text, vocabulary: '6' });
    await expect(openTrainingData(small, { ...recipe, text: vocabulary }, { cache })).rejects.toThrow(
      'for which a table of',
    );
  }));

it('refuses a model that reads text without a recipe that says how, and the other way round', async () => {
  const reader = compileModel('specs/pixeldit-t2i.weft', 'PixelDiT_T2I', text);
  await expect(openTrainingData(reader, recipe)).rejects.toThrow('PixelDiT_T2I reads texts, but its recipe');
  const classes = compileModel('specs/pixeldit.weft', 'PixelDiT', { ...small, classes: '2' });
  await expect(openTrainingData(classes, { ...recipe, text: words })).rejects.toThrow('PixelDiT reads no text');
});
