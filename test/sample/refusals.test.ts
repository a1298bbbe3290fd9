/** What a program asks of `sample` is refused with what is wrong: nothing is drawn that means nothing, and nothing goes on for ever. */
import { expect, it } from '@jest/globals';
import {
  imageNoise,
  memoryOf,
  sample,
  WeftError,
  type HostTensor,
  type HostTensors,
  type ModelGraph,
} from '../../src/index';
import { openSpec } from '../../src/spec/open';

const text = `
model NoImage() { input a: [4]  input time: scalar  output y = a * time }
model Pictures() {
  input noisy: image(4x4)
  input time: scalar
  input kind: class(4)
  output velocity: image(4x4) = linear(noisy, 4) * time
}
`;

function modelOf(name: string): ModelGraph {
  return openSpec('refusals.weft', { text, elaborateModels: true }).spec.elaborate(name).model!;
}

const pictures = modelOf('Pictures');
const weights: HostTensors = Object.fromEntries(
  pictures.weights.map(({ leaf: { name }, shape }): [string, HostTensor] => {
    const sizes = shape.map(Number);
    return [name, { shape: sizes, dtype: 'f32', data: new Float32Array(sizes.reduce((a, b) => a * b, 1)) }];
  }),
);

it.each<[string, object, RegExp]>([
  ['a batch of nothing', { batch: 0 }, /^batch is 0, but must be/],
  ['a batch that is no number', { batch: NaN }, /^batch is NaN/],
  ['threads below one', { threads: -1 }, /^threads is -1/],
  ['a label beyond the classes', { labels: [9] }, /^The label 9 is none of the 4 classes/],
  ['a label that is no number', { labels: [NaN] }, /^The label NaN/],
  ['no labels', { labels: [] }, /^There are no labels/],
  ['weights that are not there', { weights: {} }, /^Pictures draws with 2 weights, of which 2 are not given/],
  ['a condition that it has not', { given: { low: weights.weight } }, /^Pictures has no condition `low`/],
  ['an unknown solver', { settings: { solver: 'nothing' } }, /^There is no solver nothing/],
  ['an unknown backend', { backend: 'nothing' }, /^There is no backend nothing/],
])('refuses %s', async (_, options, words) => {
  const drawn = sample(pictures, { weights, backend: 'reference', ...options });
  await expect(drawn).rejects.toThrow(WeftError);
  await expect(drawn).rejects.toThrow(words);
});

it('refuses a model that draws nothing', async () => {
  await expect(sample(modelOf('NoImage'), { weights: {} })).rejects.toThrow(/^NoImage takes no image that is noise/);
});

it('refuses numbers that make no noise and no batch', () => {
  expect(() => imageNoise(1, [1, 4, 4], -1)).toThrow(WeftError);
  expect(() => imageNoise(1, [3, 512, 512], 1e9)).toThrow(
    /^1,000,000,000 images at once need about .* TiB; this machine has/,
  );
  expect(() => memoryOf(pictures, { batch: NaN })).toThrow(/^batch is NaN/);
});

it('refuses pictures that do not fit into memory before their noise is made', async () => {
  const side = '20000x20000';
  const large = openSpec('large.weft', {
    text: `model Large() { input noisy: image(${side})  input time: scalar  output velocity: image(${side}) = noisy * time }`,
  });
  const { model } = large.spec.elaborate('Large');
  const drawn = sample(model!, { weights: {}, backend: 'tfjs', count: 1 });
  await expect(drawn).rejects.toThrow(/^Drawing 1 image at once with Large needs about .* GiB; the portable backend/);
});
