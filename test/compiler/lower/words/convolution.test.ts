import { expect, it } from '@jest/globals';
import { checkFile } from '../../../../src/compiler/compile';
import { evaluate } from '../../../../src/compiler/ir/evaluate';
import { denoise } from '../../../../src/compiler/programs/denoise';
import { flopsOf } from '../../../../src/compiler/report/flops';
import type { ModelGraph } from '../../../../src/compiler/lower/model';
import { disagreements, gradientError, trialOf, valueOf } from '../../../support/word-trial';

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
  ['conv2d(x, 4, dilation: 4, padding: 0) @c', /sides of 9 or more.*the kernel is 9 wide/],
  ['conv2d_transpose(x, 4, padding: 4) @c', /`padding` of conv2d_transpose/],
  ['conv2d_transpose(x, 5, groups: 2) @c', /`groups` of conv2d_transpose.*divides both 4 and 5 channels/],
  ['average_pool(x, 7)', /`x` of average_pool should have shape \[..., h, w\] with sides of 7 or more/],
  ['max_pool(x, 3, padding: 2)', /`padding` of max_pool should be at most half of a window, 1/],
  ['max_pool(range(4))', /`x` of max_pool/],
  ['max_pool(x, 2, stride: 0)', /`stride` of max_pool/],
  ['pad(x, 1, axis: 3)', /Axis 3 does not exist/],
  ['pad(x, -1)', /`before` of pad/],
])('says what is wrong with %s', (expression, message) => {
  const { problems } = built(expression, '[4, 6, 8]');
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(message);
});

type At = (c: number, i: number, j: number) => number;
type Weight = (o: number, c: number, u: number, v: number) => number;

/** A result, element by element, of an image that is 0 outside of its sides. */
type Meaning = (x: At, w: Weight, o: number, i: number, j: number) => number;

function sum(count: number, term: (n: number) => number): number {
  return Array.from({ length: count }, (_, n) => term(n)).reduce((a, b) => a + b, 0);
}

function window(size: number, from: readonly number[], x: At, c: number): number[] {
  return Array.from({ length: size * size }, (_, n) => x(c, from[0] + Math.floor(n / size), from[1] + (n % size)));
}

/** An image that is less than anything outside of its sides, of 6 and 7. */
const inside =
  (x: At): At =>
  (c, i, j) =>
    i >= 0 && j >= 0 && i < 6 && j < 7 ? x(c, i, j) : -Infinity;

const mean = (some: readonly number[]): number => some.reduce((a, b) => a + b, 0) / some.length;

/** On images [4, 6, 7]. */
const meanings: readonly [expression: string, shape: readonly number[], meaning: Meaning][] = [
  [
    'conv2d(x, 3, dilation: 2, bias: false) @c',
    [3, 6, 7],
    (x, w, o, i, j) => sum(4, (c) => sum(3, (u) => sum(3, (v) => x(c, i + 2 * u - 2, j + 2 * v - 2) * w(o, c, u, v)))),
  ],
  [
    'conv2d(x, 4, groups: 4, stride: 2, dilation: 2, padding: 1, bias: false) @c',
    [4, 2, 3],
    (x, w, o, i, j) => sum(3, (u) => sum(3, (v) => x(o, 2 * i + 2 * u - 1, 2 * j + 2 * v - 1) * w(o, 0, u, v))),
  ],
  [
    'conv2d_transpose(x, 2, bias: false) @c',
    [2, 12, 14],
    (x, w, o, i, j) =>
      sum(4, (c) =>
        sum(6, (a) =>
          sum(7, (b) => {
            const [u, v] = [i + 1 - 2 * a, j + 1 - 2 * b];
            return u >= 0 && u < 4 && v >= 0 && v < 4 ? x(c, a, b) * w(c, o, u, v) : 0;
          }),
        ),
      ),
  ],
  [
    'conv2d_transpose(x, 4, kernel: 2, stride: 3, groups: 2, bias: false) @c',
    [4, 17, 20],
    (x, w, o, i, j) => {
      const [u, v] = [i % 3, j % 3];
      if (u > 1 || v > 1) return 0;
      return sum(2, (n) => x(2 * (o >> 1) + n, (i - u) / 3, (j - v) / 3) * w(2 * (o >> 1) + n, o % 2, u, v));
    },
  ],
  ['average_pool(x)', [4, 3, 3], (x, _, o, i, j) => mean(window(2, [2 * i, 2 * j], x, o))],
  ['average_pool(x, 3, stride: 2)', [4, 2, 3], (x, _, o, i, j) => mean(window(3, [2 * i, 2 * j], x, o))],
  ['max_pool(x)', [4, 3, 3], (x, _, o, i, j) => Math.max(...window(2, [2 * i, 2 * j], x, o))],
  ['max_pool(x, 3, stride: 1)', [4, 4, 5], (x, _, o, i, j) => Math.max(...window(3, [i, j], x, o))],
  ['max_pool(x, 2, stride: 3)', [4, 2, 2], (x, _, o, i, j) => Math.max(...window(2, [3 * i, 3 * j], x, o))],
  [
    'average_pool(x, 3, stride: 2, padding: 1)',
    [4, 3, 4],
    (x, _, o, i, j) => mean(window(3, [2 * i - 1, 2 * j - 1], x, o)),
  ],
  [
    'max_pool(x - 2, 3, stride: 2, padding: 1)',
    [4, 3, 4],
    (x, _, o, i, j) => Math.max(...window(3, [2 * i - 1, 2 * j - 1], inside(x), o)) - 2,
  ],
  [
    'max_pool(x - 2, padding: 1)',
    [4, 4, 4],
    (x, _, o, i, j) => Math.max(...window(2, [2 * i - 1, 2 * j - 1], inside(x), o)) - 2,
  ],
  ['pad(pad(x, 2), 1, after: 0, axis: 1)', [4, 7, 11], (x, _, o, i, j) => x(o, i - 1, j - 2)],
];

it.each(meanings)(
  '%s is what it is written out, has its gradient, and is the same on every backend',
  async (...row) => {
    const [expression, shape, meaning] = row;
    const trial = trialOf(expression, { x: [4, 6, 7] });
    const got = valueOf(trial);
    expect(got.shape).toEqual([2, ...shape]);
    const weight = Object.values(trial.variables)[0];
    const w: Weight = (...at) => weight.data[at.reduce((offset, i, axis) => offset * weight.shape[axis] + i, 0)];
    let element = 0;
    for (let image = 0; image < 2; image++) {
      const x: At = (c, i, j) => {
        const isInside = i >= 0 && j >= 0 && i < 6 && j < 7;
        return isInside ? trial.inputs.x.data[((image * 4 + c) * 6 + i) * 7 + j] : 0;
      };
      for (let n = 0; n < shape[0] * shape[1] * shape[2]; n++) {
        const [o, place] = [Math.floor(n / (shape[1] * shape[2])), n % (shape[1] * shape[2])];
        const want = meaning(x, w, o, Math.floor(place / shape[2]), place % shape[2]);
        expect(got.data[element++]).toBeCloseTo(want, 10);
      }
    }
    expect(gradientError(trial)).toBeLessThan(1e-8);
    expect(await disagreements(trial)).toEqual([]);
  },
);

it.each([
  ['max_pool(x, 3, stride: 2, padding: 1)', { height: 2, width: 2 }],
  ['max_pool(x, 3, stride: 1, padding: 1)', { height: 1, width: 1 }],
  ['average_pool(x, 4, stride: 3, padding: 2)', { height: 3, width: 3 }],
  ['max_pool(max_pool(x, 3, stride: 2, padding: 1))', { height: 4, width: 4 }],
])('%s pools images of any size as those of a known one', (expression, units) => {
  const text = `model M(size: Size = 24x48) {
  input x: image(size, channels: 2)
  input t: scalar
  output y: [...] = ${expression} * t
}`;
  const spec = checkFile('m.weft', () => text, { elaborateModels: false });
  const [open, known] = [true, false].map((openSize) => {
    const { model, diagnostics } = spec.elaborate('M', {}, { openSize });
    expect(diagnostics).toEqual([]);
    if (openSize) expect(model!.openSize!.units).toEqual(units);
    const [x, t] = model!.inputs;
    const data = Float64Array.from({ length: 2 * 24 * 48 }, (_, i) => Math.sin(5 * i));
    const inputs = { [x.name]: { shape: [1, 2, 24, 48], data }, [t.name]: { shape: [1], data: Float64Array.of(0.5) } };
    return evaluate(denoise(model!), { inputs }).outputs.y;
  });
  expect(open.shape).toEqual(known.shape);
  expect([...open.data]).toEqual([...known.data]);
});

it('doubles an image by a transposed convolution, as it starts like a convolution', () => {
  const { model, problems } = built('conv2d_transpose(x, 6, groups: 2) @c', '[6, 12, 16]');
  expect(problems).toEqual([]);
  expect(shapes(model)).toEqual({ 'c.weight': [4, 3, 4, 4], 'c.bias': [6] });
  expect(model?.weights[0].leaf.init).toEqual({ kind: 'uniform', bound: 1 / Math.sqrt(2 * 16) });
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
