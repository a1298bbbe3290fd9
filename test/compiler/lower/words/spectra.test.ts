import { expect, it } from '@jest/globals';
import { topological } from '../../../../src/compiler/ir/graph';
import { expandComposites } from '../../../../src/compiler/ir/substitute';
import { withPrecision } from '../../../../src/compiler/programs/precision';
import { disagreements, gradientError, trialOf, valueOf } from '../../../support/word-trial';

type Complex = readonly [number, number];
/** An element of an image or of one beside it, [c, h, w]. */
type At = (c: number, i: number, j: number) => number;

/** The sum over `count` places of what is there, turned by `sign` · 2π · k · n / count. */
function turned(count: number, k: number, sign: number, at: (n: number) => Complex): Complex {
  let [real, imaginary] = [0, 0];
  for (let n = 0; n < count; n++) {
    const [a, b] = at(n);
    const angle = (sign * 2 * Math.PI * k * n) / count;
    real += a * Math.cos(angle) - b * Math.sin(angle);
    imaginary += a * Math.sin(angle) + b * Math.cos(angle);
  }
  return [real, imaginary];
}

const plane = (x: At, c: number, k: number, l: number): Complex =>
  turned(5, k, -1, (i) => turned(6, l, -1, (j) => [x(c, i, j), 0]));

/** On x and, where it is read, z of [2, 5, 6]. */
const meanings: readonly [expression: string, meaning: (x: At, z: At, c: number, i: number, j: number) => number][] = [
  ['fft(x)[0]', (x, _, c, i, k) => turned(6, k, -1, (n) => [x(c, i, n), 0])[0]],
  ['fft(x)[1]', (x, _, c, i, k) => turned(6, k, -1, (n) => [x(c, i, n), 0])[1]],
  [
    'fft(x, z, axis: 1) |> (a, b) => 2 * a + b',
    (x, z, c, k, j) => {
      const [a, b] = turned(5, k, -1, (n) => [x(c, n, j), z(c, n, j)]);
      return 2 * a + b;
    },
  ],
  [
    'ifft(x, z, axis: 1) |> (a, b) => 2 * a + b',
    (x, z, c, k, j) => {
      const [a, b] = turned(5, k, 1, (n) => [x(c, n, j), z(c, n, j)]);
      return (2 * a + b) / 5;
    },
  ],
  [
    'fft(x, z, axis: 0) |> ((a, b) => ifft(a, b, axis: 0)) |> (a, b) => a + 3 * b',
    (x, z, c, i, j) => x(c, i, j) + 3 * z(c, i, j),
  ],
  ['spectrum(x)', (x, _, c, i, k) => magnitude(turned(6, k, -1, (n) => [x(c, i, n), 0]))],
  ['spectrum(x, axes: 2)', (x, _, c, k, l) => magnitude(plane(x, c, k, l))],
];

function magnitude([real, imaginary]: Complex): number {
  return real ** 2 + imaginary ** 2;
}

it.each(meanings)('%s is what it is written out, has its gradient, and is the same everywhere', async (...row) => {
  const [expression, meaning] = row;
  const shape = [2, 5, 6];
  const trial = trialOf(expression, expression.includes('z') ? { x: shape, z: shape } : { x: shape });
  const got = valueOf(trial);
  expect(got.shape).toEqual([2, ...shape]);
  let element = 0;
  for (let image = 0; image < 2; image++) {
    const of =
      (name: string): At =>
      (c, i, j) =>
        trial.inputs[name].data[((image * 2 + c) * 5 + i) * 6 + j];
    for (let c = 0; c < 2; c++)
      for (let i = 0; i < 5; i++)
        for (let j = 0; j < 6; j++) expect(got.data[element++]).toBeCloseTo(meaning(of('x'), of('z'), c, i, j), 10);
  }
  expect(gradientError(trial)).toBeLessThan(1e-7);
  expect(await disagreements(trial)).toEqual([]);
});

it('takes the longest axes, of which the entries that come last are as exact as the first', () => {
  const trial = trialOf('fft(range(1024))[1]', { x: [1] });
  // The sum of n · e^(-2πi·k·n / N) is N / (e^(-2πi·k / N) - 1), of which the imaginary part is N / 2 · cot(π·k / N).
  valueOf(trial)
    .data.slice(1, 1024)
    .forEach((v, i) => expect(v).toBeCloseTo(512 / Math.tan((Math.PI * (i + 1)) / 1024), 6));
});

it('keeps single precision where products have half', () => {
  const { program } = trialOf('spectrum(x, axes: 2)', { x: [4, 8] });
  const [y] = withPrecision([program.outputs.y], 'bf16');
  expect(topological(expandComposites([y], () => true)).map((v) => v.dtype)).not.toContain('bf16');
});

it.each([
  ['fft(x, axis: 3)', /Axis 3 does not exist/],
  ['fft(range(1025))', /`real` of fft should have shape \[...\] with at most 1024 entries along axis 0/],
  ['ifft(x, 0)', /`imaginary` of ifft should have shape \[2, 5, 6\]/],
  ['fft(x, range(6))', /`imaginary` of fft should have shape \[2, 5, 6\]/],
  ['spectrum(x, axes: 4)', /`x` of spectrum should have shape \[...\] with 4 axes or more/],
  ['spectrum(x, axes: 0)', /`axes` of spectrum/],
])('says what is wrong with %s', (expression, message) => {
  expect(() => trialOf(expression, { x: [2, 5, 6] })).toThrow(message);
});
