/** Words of discrete Fourier transforms, as products with tables of cosines and sines: real and imaginary parts are two tensors. */
import { sizeRange } from '../../bind/number-range';
import { formatShape, shapesEqual } from '../../ir/dims';
import { constant, type Value } from '../../ir/graph';
import { add, mul, square } from '../../ops/elementwise';
import { axisProduct } from '../../ops/linalg';
import type { Context } from '../context';
import { sameBatch } from '../tensors';
import { tensorValue, type Evaluated, type TensorValue } from '../values';
import { axis as axisOf, int, takes, tensor } from './parameter';
import { word, type Arguments } from './word';

/** The largest size of a transformed axis: its table has that many rows and columns. */
const longest = 1024;

export const fft = word(
  'fft',
  `The discrete Fourier transform along an axis of at most ${longest} entries, a tuple of its real and its imaginary part: entry k is the sum of x[n] · e^(-2πi·k·n / N). Computed in f32 whatever the precision of a run.`,
  {
    real: tensor('any tensor with an axis; its real part where `imaginary` is given'),
    imaginary: takes('tensor', 'the imaginary part, of the same shape', 'none'),
    axis: axisOf('the axis'),
  },
  (ctx, args) => {
    const real = args.tensor('real');
    const at = transformable(args, real, args.axis('axis', real.shape.length, formatShape(real.shape)));
    return tuple(transformed(ctx, args, partsOf(args), at));
  },
);

export const ifft = word(
  'ifft',
  'The inverse of `fft`: a tuple of the real and the imaginary part.',
  {
    real: tensor('the real part'),
    imaginary: tensor('the imaginary part, of the same shape'),
    axis: axisOf('the axis'),
  },
  (ctx, args) => {
    const real = args.tensor('real');
    const axis = transformable(args, real, args.axis('axis', real.shape.length, formatShape(real.shape)));
    // The inverse is the conjugate of the transform of the conjugate, divided by the number of entries.
    const [a, b] = partsOf(args);
    const flipped = transformed(ctx, args, [a, b && scaled(b, -1)], axis);
    const share = 1 / Number(real.shape[axis]);
    return tuple([scaled(flipped[0], share), scaled(flipped[1], -share)]);
  },
);

export const spectrum = word(
  'spectrum',
  `The squared magnitude of the discrete Fourier transform over the last axes, of at most ${longest} entries each, in the shape of x: |Σ x · e^(-2πi·k·n / N)|², which is not divided by the number of entries.`,
  {
    x: tensor('any tensor with the axes'),
    axes: int('how many axes from the last, 2 for those of an image', sizeRange, 1),
  },
  (ctx, args) => {
    const x = args.tensor('x');
    const axes = args.int('axes');
    const rank = x.shape.length;
    if (rank < axes)
      misfit(args, x, { name: 'x', expected: `[...] with ${axes} axes or more`, reason: 'as many are transformed' });
    let parts: Parts = [x, null];
    for (let i = 1; i <= axes; i++) parts = transformed(ctx, args, parts, transformable(args, x, rank - i, 'x'));
    const [a, b] = parts;
    return tensorValue(b ? add(square(a.value), square(b.value)) : square(a.value), a.batched);
  },
);

/** A real and an imaginary part; an imaginary part of zeros is null. */
type Parts = readonly [TensorValue, TensorValue | null];

function partsOf(args: Arguments): Parts {
  const real = args.tensor('real');
  const given = args.value('imaginary');
  if (given === null || (given.kind === 'word' && given.name === 'none')) return [real, null];
  const imaginary = args.tensor('imaginary');
  if (!shapesEqual(real.shape, imaginary.shape))
    misfit(args, imaginary, { name: 'imaginary', expected: formatShape(real.shape), reason: 'the real part has it' });
  const { values, batched } = sameBatch(args.ctx, [real, imaginary]);
  return [tensorValue(values[0], batched), tensorValue(values[1], batched)];
}

/** The axis, after a check that its size is known and not too large for a table. */
function transformable(args: Arguments, x: TensorValue, axis: number, name = 'real'): number {
  const size = x.shape[axis];
  if (typeof size === 'number' && size <= longest) return axis;
  const expected = `[...] with at most ${longest} entries along axis ${axis}`;
  return misfit(args, x, { name, expected, reason: 'a table of as many rows and columns is made' });
}

function transformed(ctx: Context, args: Arguments, [a, b]: Parts, axis: number): [TensorValue, TensorValue] {
  const size = Number(a.shape[axis]);
  ctx.makeNumbers(args.span, 2 * size * size);
  const along = (x: TensorValue, wave: (angle: number) => number): Value =>
    axisProduct(x.value, waves(size, wave), { axis: x.batched ? axis + 1 : axis });
  const [real, imaginary] = [along(a, Math.cos), along(a, (angle) => -Math.sin(angle))];
  if (!b) return [tensorValue(real, a.batched), tensorValue(imaginary, a.batched)];
  return [
    tensorValue(add(real, along(b, Math.sin)), a.batched),
    tensorValue(add(imaginary, along(b, Math.cos)), a.batched),
  ];
}

/** wave(2π · k · n / size) for all k and n. */
function waves(size: number, wave: (angle: number) => number): Value {
  const turn = Float64Array.from({ length: size }, (_, i) => wave((2 * Math.PI * i) / size));
  const data = Float64Array.from({ length: size * size }, (_, i) => turn[(Math.floor(i / size) * (i % size)) % size]);
  return constant({ shape: [size, size], data });
}

function scaled(x: TensorValue, factor: number): TensorValue {
  return tensorValue(mul(x.value, factor), x.batched);
}

function tuple(items: readonly TensorValue[]): Evaluated {
  return { kind: 'tuple', items };
}

interface Misfit {
  readonly name: string;
  readonly expected: string;
  readonly reason: string;
}

function misfit(args: Arguments, { shape }: TensorValue, { name, expected, reason }: Misfit): never {
  const facts = { what: `\`${name}\` of ${args.callee}`, expected, found: formatShape(shape), reason };
  return args.ctx.fail('shape-mismatch', args.spanOf(name), facts);
}
