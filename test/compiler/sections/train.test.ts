import { expect, it } from '@jest/globals';
import { checkFile } from '../../../src/compiler/compile';
import { renderText } from '../../../src/compiler/diagnostics/render';
import type { TrainRecipe } from '../../../src/compiler/recipe/index';

const model = `
model M(size: Size = 4x4) {
  input noisy: image(size, channels: 3)
  input time: scalar
  output velocity: image(size, channels: 3) = noisy * time
}
`;

function read(...settings: string[]): { readonly recipe: TrainRecipe | undefined; readonly told: string } {
  const given = ['batch = 4', 'steps = 10', ...settings];
  const has = (name: string): boolean => settings.some((s) => s.startsWith(name));
  if (!has('data')) given.push('data = mnist()');
  if (!has('objective')) given.push('objective = rectified_flow(time: uniform())');
  if (!has('optimizer')) given.push('optimizer = adamw(rate: 1e-4)');
  const text = `${model}train t of M {\n  ${given.join('\n  ')}\n}\n`;
  const spec = checkFile('t.weft', (path) => (path === 't.weft' ? text : null), { elaborateModels: false });
  return { recipe: spec.recipes[0], told: renderText(spec.diagnostics, { colors: false }) };
}

it('reads CAME with the settings of the reference as defaults', () => {
  expect(read('optimizer = came(rate: 1e-4)').recipe?.optimizer).toEqual({
    kind: 'came',
    rate: 1e-4,
    betas: [0.9, 0.999, 0.9999],
    eps: [1e-30, 1e-16],
    clip: 1,
    decay: 0,
  });
});

it('reads Muon with its momentum and the settings of AdamW for the rest', () => {
  expect(read('optimizer = muon(rate: 2e-3, momentum: 0.9, decay: 0.1)').recipe?.optimizer).toEqual({
    kind: 'muon',
    rate: 2e-3,
    momentum: 0.9,
    decay: 0.1,
    steps: 5,
    betas: [0.9, 0.95],
    eps: 1e-8,
  });
});

it('reads what the network predicts, and leaves it to the name of the output otherwise', () => {
  const { recipe } = read('objective = rectified_flow(time: logit_normal(-0.8, 0.8), predict: x0)');
  expect(recipe?.objective).toEqual({
    kind: 'rectified_flow',
    time: { kind: 'logit_normal', mean: -0.8, std: 0.8, shift: 1 },
    predict: 'x0',
  });
  expect(read().recipe?.objective.predict).toBeUndefined();
});

it('keeps what blocks compute unless told to compute it again', () => {
  expect(read('recompute = blocks').recipe?.recompute).toBe('blocks');
  expect(read().recipe?.recompute).toBeUndefined();
  expect(read('recompute = layers').told).toContain('none, blocks');
});

it('counts the blocks to align at from one', () => {
  const { recipe } = read('align = repa(at: patch_blocks[8], teacher: "encoder.onnx", hidden: 1024)');
  expect(recipe?.align).toEqual({
    kind: 'repa',
    at: 'patch_blocks.7',
    teacher: 'encoder.onnx',
    hidden: 1024,
    weight: 0.5,
    width: 768,
    tokens: null,
  });
  expect(read('align = repa(at: middle, teacher: "encoder.onnx")').recipe?.align).toMatchObject({ at: 'middle' });
});

it('reads dropout of labels, of texts, and of both', () => {
  const drops = (text: string): unknown[] => {
    const { recipe } = read(`drop = ${text}`);
    return [recipe?.labelDrop, recipe?.textDrop];
  };
  expect(drops('label(0.1)')).toEqual([0.1, undefined]);
  expect(drops('text(0.2)')).toEqual([0, 0.2]);
  expect(drops('(label(0.1), text(0.2))')).toEqual([0.1, 0.2]);
});

it('reads dropout of what is given, by its name', () => {
  const drops = (text: string): unknown[] => {
    const { recipe } = read(`given low = downsample(image, 2)\n  given label = uniform(0, 1)\n  drop = ${text}`);
    return [recipe?.labelDrop, recipe?.textDrop, recipe?.givenDrop];
  };
  expect(drops('low(0.1)')).toEqual([0, undefined, { low: 0.1 }]);
  expect(drops('low(0)')).toEqual([0, undefined, undefined]);
  expect(drops('(text(0.3), low(0.1), label(0.2))')).toEqual([0, 0.3, { low: 0.1, label: 0.2 }]);
  expect(read('given low = 1\n  drop = lwo(0.1)').told).toContain('Did you mean low?');
});

it.each([
  ['optimizer = came(rate: 1e-4, betas: (0.9, 0.999))', 'takes three numbers such as (0.9, 0.999, 0.9999)'],
  ['optimizer = mion(rate: 1e-4)', 'Did you mean muon?'],
  ['objective = rectified_flow(time: uniform(), predict: x1)', 'takes one of velocity, x0, noise'],
  ['align = repa(at: 8, teacher: "x.onnx")', 'takes a tap or a block such as patch_blocks[8]'],
  ['align = repa(at: patch_blocks[0], teacher: "x.onnx")', 'takes a tap or a block such as patch_blocks[8]'],
  ['drop = (label(0.1), label(0.2))', '`drop label` already has a value'],
  ['drop = lable(0.1)', 'Did you mean label?'],
  ['text = text(gemma2, length: 8)', 'takes `weights: "FOLDER"` with the encoder gemma2, but this is without them'],
  ['text = text(vocabulary, length: 8, scale: 2)', '`scale` with an encoder that gives features, but this is the'],
  ['text = text(words, length: 8, weights: "w")', 'with the encoder gemma2 alone, but this is the encoder words'],
])('says what is wrong with %s', (setting, message) => {
  const { told } = read(setting);
  expect(told).toContain(message);
});

it('reads how captions become features', () => {
  const text = (setting: string) => read(`text = ${setting}`).recipe?.text;
  expect(read('').recipe).not.toHaveProperty('text');
  expect(text('text(encoder: words, length: 12)')).toEqual({ encoder: 'words', prefix: '', length: 12 });
  expect(text('text(minilm, length: 16)')).toEqual({ encoder: 'minilm', prefix: '', length: 16 });
  const gemma = { encoder: 'gemma2', prefix: 'Draw: ', length: 300, weights: 'gemma-2-2b-it', scale: 0.01 };
  expect(text('text(gemma2, prefix: "Draw: ", length: 300, weights: "gemma-2-2b-it", scale: 0.01)')).toEqual(gemma);
  expect(text('text(words, "a ", 3)')).toEqual({ encoder: 'words', prefix: 'a ', length: 3 });
});

it('reads synthetic scenes, in training those that are not held out', () => {
  const data = (source: string): unknown => read(`data = ${source}`).recipe?.data;
  expect(data('scenes(1000)')).toEqual({ kind: 'scenes', count: 1000, seed: 0, split: 'train' });
  expect(data('scenes(count: 8, seed: 2, split: held_out)')).toEqual({
    kind: 'scenes',
    count: 8,
    seed: 2,
    split: 'held_out',
  });
});
