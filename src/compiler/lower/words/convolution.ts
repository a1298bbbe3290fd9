/** Words of convolutional networks: conv2d and its transpose, pools, group_norm, and other sizes of images. Images are [channels, height, width]. */
import { countRange, sizeRange } from '../../bind/number-range';
import { boundsOf, constantTerm, formatShape, subDims, type Dim } from '../../ir/dims';
import type { Value } from '../../ir/graph';
import { conv2d as conv2dOp, conv2dTranspose, groupNorm, upsample as upsampleOp } from '../../ops/convolution';
import { add } from '../../ops/elementwise';
import { reshape } from '../../ops/movement';
import type { Context } from '../context';
import { divideDims } from '../open-size';
import { pooled, type PoolKind } from '../pooled';
import { resampledAlong, resamplingKinds } from '../resampled';
import { tensorValue, type TensorValue } from '../values';
import { biasInit, initArgument, staticDim, weightInit } from './initial';
import { axisSize, epsilon, flag, int, start, takes, tensor } from './parameter';
import { layer, word, type Arguments, type Word } from './word';

export const conv2d = layer(
  'conv2d',
  '[in, h, w] → [out, h′, w′] by a weight [out, in / groups, kernel, kernel] and a bias [out]; h′ is (h + 2·padding - reach) / stride + 1, rounded down, where reach is (kernel - 1)·dilation + 1. By default both start uniform within 1/√(in / groups · kernel²).',
  {
    x: tensor('an image [channels, height, width]'),
    out: axisSize('channels of the result'),
    kernel: int('side of the kernel', sizeRange, 3),
    stride: int('distance between neighbouring positions of the kernel', sizeRange, 1),
    padding: {
      ...int('rows and columns of zeros around the image, fewer than the kernel reaches over', countRange),
      default: 'dilation * floor(kernel / 2)',
    },
    dilation: int('distance between neighbouring elements that the kernel reads', sizeRange, 1),
    groups: int('groups of channels that are convolved separately', sizeRange, 1),
    bias: flag('whether a bias is added', true),
    init: start('fan_in'),
  },
  (ctx, args) => {
    const x = args.tensor('x');
    const { channels, sides } = imageOf(args, x, 'it has channels, rows and columns');
    const out = staticDim(args, 'out', args.dim('out'));
    const kernel = args.int('kernel');
    const stride = args.int('stride');
    const dilation = args.int('dilation');
    const padding = args.int('padding', dilation * Math.floor(kernel / 2));
    const reach = (kernel - 1) * dilation + 1;
    const groups = groupsOf(args, channels, out);
    if (padding >= reach) args.wrongKind('padding', `fewer zeros than the kernel is wide (${reach})`);
    // An open side is a multiple of the strides.
    for (const d of sides) divideDims(ctx, subDims(d, constantTerm(d)), stride);
    if (sides.some((d) => boundsOf(d).least + 2 * padding < reach)) {
      misfit(
        args,
        x,
        `[channels, height, width] with sides of ${reach - 2 * padding} or more`,
        `the kernel is ${reach} wide`,
      );
    }
    const inner = channels / groups;
    const [reads, feeds] = [inner, out / groups].map((n) => n * kernel * kernel);
    const init = initArgument(args);
    const weight = ctx.weight('weight', [out, inner, kernel, kernel], weightInit(init, reads, feeds), args.span);
    const attrs = { stride, padding, groups, ...(dilation > 1 ? { dilation } : {}) };
    return withBias(
      ctx,
      args,
      perImage(x, (image) => conv2dOp(image, weight, attrs)),
      { out, reads },
    );
  },
);

export const conv2d_transpose = layer(
  'conv2d_transpose',
  '[in, h, w] → [out, h′, w′] by a weight [in, out / groups, kernel, kernel] and a bias [out]: the transpose of a convolution, in which every number adds a multiple of the kernel to the result; h′ is (h - 1)·stride + kernel - 2·padding. By default both start uniform within 1/√(in / groups · kernel²).',
  {
    x: tensor('an image [channels, height, width]'),
    out: axisSize('channels of the result'),
    kernel: int('side of the kernel', sizeRange, 4),
    stride: int('distance in the result between neighbouring elements of x', sizeRange, 2),
    padding: {
      ...int('rows and columns that are cut off around the result, fewer than the kernel has', countRange),
      default: 'floor((kernel - stride) / 2), or 0',
    },
    groups: int('groups of channels that are convolved separately', sizeRange, 1),
    bias: flag('whether a bias is added', true),
    init: start('fan_in'),
  },
  (ctx, args) => {
    const x = args.tensor('x');
    const { channels, sides } = imageOf(args, x, 'it has channels, rows and columns');
    const out = staticDim(args, 'out', args.dim('out'));
    const [kernel, stride] = [args.int('kernel'), args.int('stride')];
    const padding = args.int('padding', Math.max(0, Math.floor((kernel - stride) / 2)));
    const groups = groupsOf(args, channels, out);
    const left = Math.min(...sides.map((d) => (boundsOf(d).least - 1) * stride + kernel - 2 * padding));
    if (padding >= kernel || left < 1) {
      args.wrongKind('padding', `fewer than the kernel is wide (${kernel}), so that something is left`);
    }
    const [reads, feeds] = [channels / groups, out / groups].map((n) => n * kernel * kernel);
    const init = initArgument(args);
    const shape = [channels, out / groups, kernel, kernel];
    const weight = ctx.weight('weight', shape, weightInit(init, reads, feeds), args.span);
    const y = perImage(x, (image) => conv2dTranspose(image, weight, { stride, padding, groups }));
    return withBias(ctx, args, y, { out, reads });
  },
);

export const average_pool = pooling('average_pool', { what: 'mean', kind: 'average', edges: 'are zeros' });
export const max_pool = pooling('max_pool', { what: 'largest number', kind: 'largest', edges: 'windows leave out' });

export const group_norm = layer(
  'group_norm',
  '(x - mean) / √(variance + eps) · weight + bias for x [channels, ...], mean and variance over all of a group of channels; weight and bias are [channels].',
  {
    x: tensor('[channels, ...]'),
    groups: int('equal groups that the channels are cut into', sizeRange, 32),
    eps: epsilon(1e-5),
  },
  (ctx, args) => {
    const x = args.tensor('x');
    const groups = args.int('groups');
    const channels = x.shape[0];
    if (typeof channels !== 'number' || channels % groups !== 0) {
      return misfit(args, x, `[channels, ...] with channels for ${groups} equal groups`, 'channels are its first axis');
    }
    const weight = ctx.weight('weight', [channels], { kind: 'ones' }, args.span);
    const bias = ctx.weight('bias', [channels], { kind: 'zeros' }, args.span);
    const eps = args.number('eps');
    return perImage(x, (image) => groupNorm(image, weight, bias, { groups, eps }));
  },
);

export const upsample = word(
  'upsample',
  '[..., h, w] → [..., factor · h, factor · w]: every element is repeated along both axes.',
  { x: tensor('[..., h, w]'), factor: int('number of copies along each axis', sizeRange, 2) },
  (_, args) => {
    const x = args.tensor('x');
    const factor = args.int('factor');
    if (x.shape.length < 2) misfit(args, x, '[..., h, w]', 'its last two axes are enlarged');
    return tensorValue(upsampleOp(x.value, { factor }), x.batched);
  },
);

export const resample = word(
  'resample',
  '[..., h, w] → [..., size]: an image at any size. `nearest` takes the pixel whose centre is nearest, `linear` mixes the two nearest along each axis, `area` is the mean of all pixels that a new one touches. Centres are half a pixel from the sides, as in `interpolate` of PyTorch (`nearest-exact`, `bilinear`, `area`, corners not aligned).',
  {
    x: tensor('[..., h, w]'),
    size: takes('Size', 'height and width of the result'),
    by: takes('String', `how: ${resamplingKinds.map((how) => `"${how}"`).join(', ')}`, '"linear"'),
  },
  (ctx, args) => {
    const x = args.tensor('x');
    const size = args.value('size');
    if (size?.kind !== 'size') return args.wrongKind('size', 'a Size such as 24x32');
    const how = args.has('by') ? args.string('by') : 'linear';
    const by = resamplingKinds.find((r) => r === how) ?? args.wrongKind('by', `"nearest", "linear" or "area"`);
    const rank = x.shape.length;
    if (rank < 2) return misfit(args, x, '[..., h, w]', 'its last two axes are resampled');
    const along = (t: TensorValue, axis: number, to: Dim): TensorValue =>
      resampledAlong(ctx, t, { axis, to, by, span: args.span }) ??
      misfit(args, x, '[..., h, w] with sides that are known', 'means are taken over windows that are not all alike');
    return along(along(x, rank - 2, size.height), rank - 1, size.width);
  },
);

/** `edges` is the part of the doc that says how places around the image count. */
interface Pooling {
  readonly what: string;
  readonly kind: PoolKind;
  readonly edges: string;
}

function pooling(name: string, { what, kind, edges }: Pooling): Word {
  return word(
    name,
    `[..., h, w] → [..., h′, w′]: the ${what} of each window of size × size; h′ is (h + 2·padding - size) / stride + 1, rounded down.`,
    {
      x: tensor('[..., h, w]'),
      size: int('side of a window', sizeRange, 2),
      stride: { ...int('steps between windows', sizeRange), default: 'size' },
      padding: int(`rows and columns around the image, at most half of a window, which ${edges}`, countRange, 0),
    },
    (ctx, args) => {
      const x = args.tensor('x');
      const size = args.int('size');
      const stride = args.int('stride', size);
      const padding = args.int('padding');
      if (2 * padding > size) args.wrongKind('padding', `at most half of a window, ${Math.floor(size / 2)}`);
      const sides = x.shape.slice(-2);
      // An open side is a multiple of the strides.
      for (const d of sides) divideDims(ctx, subDims(d, constantTerm(d)), stride);
      const least = size - 2 * padding;
      if (sides.length < 2 || sides.some((d) => boundsOf(d).least < least)) {
        return misfit(args, x, `[..., h, w] with sides of ${least} or more`, `a window is ${size} wide`);
      }
      const y = pooled(x.value, { kind, size, stride, padding });
      if (y === null)
        return misfit(
          args,
          x,
          '[..., h, w] with sides that are known',
          `no side is known to be a multiple of ${stride}`,
        );
      return tensorValue(y, x.batched);
    },
  );
}

/** The number of groups, which must divide the channels of both the input and the output. */
function groupsOf(args: Arguments, channels: number, out: number): number {
  const groups = args.int('groups');
  if (channels % groups === 0 && out % groups === 0) return groups;
  return args.wrongKind('groups', `a number that divides both ${channels} and ${out} channels`);
}

/** Adds a bias to each channel if `bias` is true; each result is made from `reads` numbers, which sets how the bias starts. */
function withBias(
  ctx: Context,
  args: Arguments,
  y: TensorValue,
  { out, reads }: { readonly out: number; readonly reads: number },
): TensorValue {
  if (!args.boolean('bias')) return y;
  const bias = ctx.weight('bias', [out], biasInit(initArgument(args), reads), args.span);
  return tensorValue(add(y.value, reshape(bias, { shape: [out, 1, 1] })), y.batched);
}

/** Applies an op that needs a batch axis to a tensor that may have none. */
function perImage(x: TensorValue, op: (image: Value) => Value): TensorValue {
  if (x.batched) return tensorValue(op(x.value), true);
  const y = op(reshape(x.value, { shape: [1, ...x.shape] }));
  return tensorValue(reshape(y, { shape: y.shape.slice(1) }), false);
}

/** The channels of an image, a known number since weights depend on it, and its two sides, which may be open. */
function imageOf(args: Arguments, x: TensorValue, reason: string): { channels: number; sides: readonly Dim[] } {
  const [channels, ...sides] = x.shape;
  if (sides.length !== 2 || typeof channels !== 'number') return misfit(args, x, '[channels, height, width]', reason);
  return { channels, sides };
}

function misfit(args: Arguments, x: TensorValue, expected: string, reason: string): never {
  const what = `\`x\` of ${args.callee}`;
  return args.ctx.fail('shape-mismatch', args.spanOf('x'), { what, expected, found: formatShape(x.shape), reason });
}
