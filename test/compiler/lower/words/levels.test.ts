/** `levels`: pictures in the levels that an encoder was trained on, and back; those of alignment. */
import { expect, it } from '@jest/globals';
import { normalizedImages } from '../../../../src/train/teacher';
import { disagreements, gradientError, trialOf, valueOf } from '../../../support/word-trial';

/** Two images of three pixels in a row: black, grey and white. */
const pixels = Array.from({ length: 18 }, (_, i) => (i % 3) - 1);

it.each<[expression: string, black: number[], white: number[]]>([
  ['levels(x, to: "unit")', [0, 0, 0], [1, 1, 1]],
  ['levels(x, to: "signed")', [-1, -1, -1], [1, 1, 1]],
  [
    'levels(x, to: "imagenet")',
    [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225],
    [0.515 / 0.229, 0.544 / 0.224, 0.594 / 0.225],
  ],
  [
    'levels(x, to: "clip")',
    [-0.48145466 / 0.26862954, -0.4578275 / 0.26130258, -0.40821073 / 0.27577711],
    [0.51854534 / 0.26862954, 0.5421725 / 0.26130258, 0.59178927 / 0.27577711],
  ],
  ['levels(x, from: "unit", to: "signed")', [-3, -3, -3], [1, 1, 1]],
  ['levels(levels(x, to: "imagenet"), from: "imagenet")', [-1, -1, -1], [1, 1, 1]],
  ['levels(levels(x, to: "imagenet"), from: "imagenet", to: "unit")', [0, 0, 0], [1, 1, 1]],
])('gives black and white by %s', (expression, black, white) => {
  const { data } = valueOf(trialOf(expression, { x: [3, 1, 3] }, { x: pixels }));
  const at = (pixel: number): number[] => [0, 1, 2].map((c) => data[3 * c + pixel]);
  expect(at(0)).toEqual(black.map((v) => expect.closeTo(v, 12)));
  expect(at(2)).toEqual(white.map((v) => expect.closeTo(v, 12)));
});

it('gives images the levels that alignment gives its encoder', () => {
  const { data } = valueOf(trialOf('levels(x, to: "imagenet")', { x: [3, 2, 2] }));
  const { inputs } = trialOf('x', { x: [3, 2, 2] });
  const images = { shape: [2, 3, 2, 2], dtype: 'f32' as const, data: Float32Array.from(inputs.x.data) };
  // The other side is rounded to float32.
  normalizedImages(images, 2, 2).data.forEach((v, i) => expect(v).toBeCloseTo(data[i], 5));
});

it.each(['levels(x * z, to: "imagenet") * x', 'levels(x, from: "clip", to: "unit")', 'levels(1 - x, to: "unit")'])(
  '%s has its gradient, and is the same on every backend',
  async (expression) => {
    const trial = trialOf(expression, { x: [3, 2, 4], z: [4] });
    expect(gradientError(trial)).toBeLessThan(1e-7);
    expect(await disagreements(trial)).toEqual([]);
  },
);

it.each([
  ['levels(x, to: "rgb")', '`to` of levels should be "signed", "unit", "imagenet" or "clip"'],
  ['levels(x, from: 3)', '`from` of levels should be a String, but this is the Int 3'],
  ['levels(z, to: "imagenet")', '`x` of levels should have shape [..., 3, h, w], but this has [4]'],
  [
    'levels(slice(x, 0, 1, axis: 0), to: "clip")',
    '`x` of levels should have shape [..., 3, h, w], but this has [1, 2, 4]',
  ],
])('says what is wrong with %s', (expression, message) => {
  expect(() => trialOf(expression, { x: [3, 2, 4], z: [4] })).toThrow(message);
});

it('takes any picture where colours are alike', () => {
  const { data } = valueOf(trialOf('levels(x, to: "unit")', { x: [1, 1, 2] }, { x: [-1, 1, 0, 0.5] }));
  expect([...data]).toEqual([0, 1, 0.5, 0.75]);
});
