import { expect, it } from '@jest/globals';
import { checkFile } from '../../../../src/compiler/compile';
import { flopsOf } from '../../../../src/compiler/report/flops';
import type { ModelGraph } from '../../../../src/compiler/lower/model';

it('convolves images with a kernel of odd width to images of the same size', () => {
  const { model, problems } = built('conv2d(x, 5, kernel: 5) @c', '[5, 6, 8]');
  expect(problems).toEqual([]);
  expect(shapes(model)).toEqual({ 'c.weight': [5, 4, 5, 5], 'c.bias': [5] });
});

it('starts a convolution within 1 / √(in / groups · kernel²)', () => {
  const { model } = built('conv2d(x, 6, groups: 2) @c', '[6, 6, 8]');
  expect(shapes(model)).toEqual({ 'c.weight': [6, 2, 3, 3], 'c.bias': [6] });
  expect(model?.weights.map((w) => w.leaf.init)).toEqual([
    { kind: 'uniform', bound: 1 / Math.sqrt(18) },
    { kind: 'uniform', bound: 1 / Math.sqrt(18) },
  ]);
});

it('halves, doubles and normalises images', () => {
  const { model, problems } = built(
    'upsample(group_norm(conv2d(x, 4, stride: 2, bias: false) @c, 2) @n, 4)',
    '[4, 12, 16]',
  );
  expect(problems).toEqual([]);
  expect(shapes(model)).toEqual({ 'c.weight': [4, 4, 3, 3], 'n.weight': [4], 'n.bias': [4] });
});

it('counts 2 · in / groups · kernel² operations for every number a convolution gives', () => {
  const { model } = built('conv2d(x, 6, stride: 2, groups: 2, bias: false) @c', '[6, 3, 4]');
  const cost = flopsOf(model!.outputs.y, { batch: 1 });
  expect(cost).toEqual({ linear: 2 * 2 * 9 * (6 * 3 * 4), attention: 0, full: 2 * 2 * 9 * (6 * 3 * 4) });
});

it.each([
  ['conv2d(rearrange(x, "c h w -> c (h w)"), 4) @c', /`x` of conv2d should have shape \[channels, height, width\]/],
  ['conv2d(x, 4, kernel: 9, padding: 0) @c', /sides of 9 or more/],
  ['conv2d(x, 4, kernel: 1, padding: 1) @c', /`padding` of conv2d/],
  ['conv2d(x, 5, groups: 2) @c', /`groups` of conv2d.*divides both 4 and 5 channels/],
  ['conv2d(x, 4, stride: 0) @c', /`stride` of conv2d/],
  ['group_norm(x, 3) @n', /channels for 3 equal groups/],
  ['upsample(x, 0)', /`factor` of upsample/],
])('says what is wrong with %s', (expression, message) => {
  const { problems } = built(expression, '[4, 6, 8]');
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(message);
});

/** A model of one expression on an image x [4, 6, 8]. */
function built(expression: string, shape: string): { model: ModelGraph | null; problems: string[] } {
  const text = `model M() {\n  input x: [4, 6, 8]\n  output y: ${shape} = ${expression}\n}\n`;
  const spec = checkFile('m.weft', () => text, { elaborateModels: false });
  const { model, diagnostics } = spec.elaborate('M', {});
  return { model, problems: [...spec.diagnostics, ...diagnostics].map((d) => d.message) };
}

function shapes(model: ModelGraph | null): { [path: string]: readonly unknown[] } {
  return Object.fromEntries((model?.weights ?? []).map((w) => [w.leaf.name, w.shape]));
}
