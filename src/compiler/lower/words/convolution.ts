/** Words of convolutional networks: conv2d, group_norm, upsample. Images are [channels, height, width]. */
import { countRange, sizeRange } from '../../bind/number-range';
import { boundsOf, constantTerm, formatShape, subDims, type Dim } from '../../ir/dims';
import type { Value } from '../../ir/graph';
import { conv2d as conv2dOp, groupNorm, upsample as upsampleOp } from '../../ops/convolution';
import { add } from '../../ops/elementwise';
import { reshape } from '../../ops/movement';
import { divideDims } from '../open-size';
import { tensorValue, type TensorValue } from '../values';
import { biasInit, initArgument, staticDim, weightInit } from './initial';
import { axisSize, epsilon, flag, int, start, tensor } from './parameter';
import { layer, word, type Arguments } from './word';

export const conv2d = layer(
  'conv2d',
  '[in, h, w] → [out, h′, w′] by a weight [out, in / groups, kernel, kernel] and a bias [out]; h′ is (h + 2·padding - kernel) / stride + 1, rounded down. By default both start uniform within 1/√(in / groups · kernel²).',
  {
    x: tensor('an image [channels, height, width]'),
    out: axisSize('channels of the result'),
    kernel: int('side of the kernel', sizeRange, 3),
    stride: int('steps between places where the kernel is laid', sizeRange, 1),
    padding: {
      ...int('rows and columns of zeros around the image, fewer than the kernel has', countRange),
      default: 'floor(kernel / 2)',
    },
    groups: int('groups of channels that do not see each other', sizeRange, 1),
    bias: flag('whether a bias is added', true),
    init: start('fan_in'),
  },
  (ctx, args) => {
    const x = args.tensor('x');
    const { channels, sides } = imageOf(args, x, 'it has channels, rows and columns');
    const out = staticDim(args, 'out', args.dim('out'));
    const kernel = args.int('kernel');
    const stride = args.int('stride');
    const padding = args.int('padding', Math.floor(kernel / 2));
    const groups = args.int('groups');
    if (padding >= kernel) args.wrongKind('padding', `fewer zeros than the kernel is wide (${kernel})`);
    if (channels % groups !== 0 || out % groups !== 0) {
      args.wrongKind('groups', `a number that divides both ${channels} and ${out} channels`);
    }
    // An open side is a multiple of the strides.
    for (const d of sides) divideDims(ctx, subDims(d, constantTerm(d)), stride);
    if (sides.some((d) => boundsOf(d).least + 2 * padding < kernel)) {
      misfit(
        args,
        x,
        `[channels, height, width] with sides of ${kernel - 2 * padding} or more`,
        `the kernel is ${kernel} wide`,
      );
    }
    const inner = channels / groups;
    const [reads, feeds] = [inner, out / groups].map((n) => n * kernel * kernel);
    const init = initArgument(args);
    const weight = ctx.weight('weight', [out, inner, kernel, kernel], weightInit(init, reads, feeds), args.span);
    const y = perImage(x, (image) => conv2dOp(image, weight, { stride, padding, groups }));
    if (!args.boolean('bias')) return y;
    const bias = ctx.weight('bias', [out], biasInit(init, reads), args.span);
    return tensorValue(add(y.value, reshape(bias, { shape: [out, 1, 1] })), y.batched);
  },
);

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
  { x: tensor('[..., h, w]'), factor: int('how often each element is repeated', sizeRange, 2) },
  (_, args) => {
    const x = args.tensor('x');
    const factor = args.int('factor');
    if (x.shape.length < 2) misfit(args, x, '[..., h, w]', 'its last two axes are enlarged');
    return tensorValue(upsampleOp(x.value, { factor }), x.batched);
  },
);

/** An op that needs a batch axis, on a tensor that may have none. */
function perImage(x: TensorValue, op: (image: Value) => Value): TensorValue {
  if (x.batched) return tensorValue(op(x.value), true);
  const y = op(reshape(x.value, { shape: [1, ...x.shape] }));
  return tensorValue(reshape(y, { shape: y.shape.slice(1) }), false);
}

/** Channels, which weights are made for, and the two sides, which may be open. */
function imageOf(args: Arguments, x: TensorValue, reason: string): { channels: number; sides: readonly Dim[] } {
  const [channels, ...sides] = x.shape;
  if (sides.length !== 2 || typeof channels !== 'number') return misfit(args, x, '[channels, height, width]', reason);
  return { channels, sides };
}

function misfit(args: Arguments, x: TensorValue, expected: string, reason: string): never {
  const what = `\`x\` of ${args.callee}`;
  return args.ctx.fail('shape-mismatch', args.spanOf('x'), { what, expected, found: formatShape(x.shape), reason });
}
