import { expect, it } from '@jest/globals';
import { textConditions, padTexts, promptConditions, textInputOf, withPrefix } from '../../src/text/conditions';
import type { TextSettings } from '../../src/compiler/recipe/index';
import { vocabularyEncoder } from '../../src/text/vocabulary';
import { wordEncoder, wordVector } from '../../src/text/words';
import { compileModel } from '../support/compile';

const settings: TextSettings = { encoder: 'words', prefix: 'a ', length: 4 };
const texts = { counts: Int32Array.of(1, 2), features: Float32Array.of(1, 2, 3, 4, 5, 6), width: 2, cut: 0 };
const small = { size: '8x8', patch: '4', width: '16', heads: '2', depth: '1', pixel_width: '4', pixel_depth: '1' };
const sizes = { ...small, attn_width: '8', attn_heads: '2', text_width: '8', text_length: '6' };

it('pads rows with zeros and says which tokens are real', () => {
  const { text, mask } = padTexts(texts, [1, 0, 1], 3);
  expect([text.shape, mask.shape]).toEqual([
    [3, 3, 2],
    [3, 3],
  ]);
  expect([...text.data]).toEqual([3, 4, 5, 6, 0, 0, 1, 2, 0, 0, 0, 0, 3, 4, 5, 6, 0, 0]);
  expect([...mask.data]).toEqual([1, 1, 0, 1, 0, 0, 1, 1, 0]);
});

it('scales features where the settings say so', () => {
  const scaled = textConditions(texts, [1], {
    settings: { ...settings, scale: 0.5 },
    input: { width: 2, masked: false },
  });
  expect([...scaled.text.data]).toEqual([1.5, 2, 2.5, 3, 0, 0, 0, 0]);
});

it('names inputs as the model does', () => {
  const names = (masked: boolean) =>
    Object.keys(textConditions(texts, [0], { settings, input: { width: 2, masked } }, '_none')).sort();
  expect(names(true)).toEqual(['text_mask_none', 'text_none']);
  expect(names(false)).toEqual(['text_none']);
});

it('puts the prefix before every prompt but the empty one', async () => {
  expect([withPrefix('cat', settings), withPrefix('', settings)]).toEqual(['a cat', '']);
  const input = { width: 8, masked: true };
  const given = await promptConditions(wordEncoder(8), { prompts: ['cat', 'dog', 'cat'] }, { settings, input });
  expect(given.text.shape).toEqual([3, 4, 8]);
  expect([...given.text_mask.data]).toEqual([1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0]);
  expect([...given.text_mask_none.data]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
  const row = (i: number) => [...given.text.data.subarray(i * 32, (i + 1) * 32)];
  expect(row(0)).toEqual([...['', 'a', 'cat'].flatMap((w) => [...wordVector(w, 8)]), ...new Array<number>(8).fill(0)]);
  expect([row(2), row(0)]).toEqual([row(0), expect.not.arrayContaining([NaN])]);
  expect(row(1)).not.toEqual(row(0));
});

it('tells how many prompts are too long', async () => {
  const told: string[] = [];
  const reading = { settings, input: { width: 8, masked: true }, tell: (note: string) => void told.push(note) };
  await promptConditions(wordEncoder(8), { prompts: ['two words'] }, reading);
  expect(told).toEqual([]);
  await promptConditions(
    wordEncoder(8),
    { prompts: ['one two three four', 'cat'], negative: 'five six seven eight' },
    reading,
  );
  expect(told).toEqual(['2 prompts of more than 4 tokens: what comes after these is not read']);
});

it('knows what a model reads, and refuses texts longer than that', () => {
  const model = compileModel('specs/pixeldit-t2i.weft', 'PixelDiT_T2I', { ...sizes, text_mask: 'true' });
  expect(textInputOf(model, settings)).toEqual({ width: 8, masked: true });
  expect(() => textInputOf(model, { ...settings, length: 7 })).toThrow('Texts have 7 tokens');
  const classes = compileModel('specs/pixeldit.weft', 'PixelDiT', { ...small, classes: '2' });
  expect(textInputOf(classes, settings)).toBeNull();
});

it('gives whole numbers to a model that looks words up, and refuses features for it', async () => {
  const model = compileModel('specs/pixeldit-t2i.weft', 'PixelDiT_T2I', { ...sizes, vocabulary: '4' });
  const numbers: TextSettings = { encoder: 'vocabulary', prefix: '', length: 3 };
  const input = textInputOf(model, numbers)!;
  expect(input).toEqual({ width: 1, vocabulary: 4, masked: false });
  const given = await promptConditions(
    vocabularyEncoder(['cat', 'red'], '', 4),
    { prompts: ['red cat', 'cat'] },
    { settings: numbers, input },
  );
  expect(given).toEqual({
    tokens: { shape: [2, 3], dtype: 'i32', data: Int32Array.of(0, 2, 1, 0, 1, 0) },
    tokens_none: { shape: [2, 3], dtype: 'i32', data: new Int32Array(6) },
  });
  expect(() => textInputOf(model, settings)).toThrow('the encoder words gives features');
  expect(() => textInputOf(model, { ...numbers, length: 7 })).toThrow('Texts have 7 tokens');
  const reader = compileModel('specs/pixeldit-t2i.weft', 'PixelDiT_T2I', sizes);
  expect(() => textInputOf(reader, numbers)).toThrow('PixelDiT_T2I reads features');
});
