/** Composites of convolutional networks: 2-D convolution, group normalisation, nearest-neighbour upsampling. */
import {
  addDims,
  boundsOf,
  constantTerm,
  dimsEqual,
  divDims,
  formatShape,
  isStatic,
  mulDims,
  sizeOf,
  staticShape,
  staticSize,
  subDims,
  type Dim,
  type Shape,
} from '../ir/dims';
import type { TensorType, Value } from '../ir/graph';
import { asShape } from './broadcasting';
import { free, perElement, products } from './cost';
import { defineComposite, type CompositeOp } from './define';
import { add, mul, rsqrt, square, sub } from './elementwise';
import { matmul } from './linalg';
import { broadcastTo, concat, pad, slice, transpose } from './movement';
import { reduceMean } from './reduction';
import { expectFloat, misfit, sameDType, partOf } from './shapes';
import type { EagerImage, GraphDefTarget, GraphDefTensor } from './targets';
import { usual } from './traits';
import { unbroadcast } from './unbroadcast';

export interface Conv2dAttrs {
  /** Distance from one window to the next along both axes, in elements. */
  readonly stride: number;
  /** Zeros added on every side of the image, fewer than the extent of the kernel. */
  readonly padding: number;
  /** Distance between the elements that a kernel reads, 1 by default. */
  readonly dilation?: number;
  /** Number of groups: channels are divided among this many independent convolutions. */
  readonly groups: number;
}

export const conv2d: CompositeOp<['x', 'weight'], Conv2dAttrs> = defineComposite('conv2d', {
  doc: 'y[o, i, j] = Σ x[c, i·stride + u − padding, j·stride + v − padding] · weight[o, c, u, v] for x [batch, in, h, w] and weight [out, in / groups, kh, kw]; u and v are `dilation` places apart.',
  inputs: ['x', 'weight'],
  traits: { ...usual, memory: 'whole', axes: null, half: 'product' },
  // 2 · (in / groups) · kh · kw for every element of the result.
  flops: ({ weight, y }) => products(2 * staticSize(y) * staticSize(weight.slice(1))),
  infer: ({ x, weight }, attrs) => conv2dType('conv2d', x, weight, attrs),
  expand: ({ x, weight }, attrs) => {
    const { groups } = attrs;
    const [out, inner, ...kernel] = staticShape(weight.shape);
    const { shape } = conv2dType('conv2d', x.type, weight.type, attrs);
    const window = inner * kernel[0] * kernel[1];
    const kernels = asShape(weight, [1, groups, out / groups, window]);
    const columns = columnsOf(pad2d(x, attrs.padding), kernel, staticShape(shape.slice(2)), attrs);
    return asShape(matmul(kernels, asShape(columns, [x.shape[0], groups, window, columns.shape[3]])), shape);
  },
  grad: ({ x, weight, dy }, attrs) => ({
    x: transposed(dy, weight, placesOf(x), attrs),
    weight: conv2dKernelGradient(x, dy, { ...attrs, kernel: placesOf(weight) }),
  }),
  lower: {
    eager: (tf, { x, weight }, { stride, padding, groups, dilation = 1 }) => {
      if (groups > 1 || (isPointwise(weight.shape) && stride === 1)) return null;
      if (stride > 1 && dilation > 1) return null;
      return tf.tidy(() => {
        const image = tf.transpose(x, [0, 2, 3, 1]) as EagerImage;
        const kernel = tf.transpose(weight, [2, 3, 1, 0]) as EagerImage;
        // If padding is one number, tfjs assumes that the kernel is square.
        const [none, some]: [number, number][] = [
          [0, 0],
          [padding, padding],
        ];
        const made = tf.conv2d(image, kernel, stride, [none, some, some, none], 'NHWC', dilation);
        return tf.transpose(made, [0, 3, 1, 2]);
      });
    },
    graphDef: (g, { x, weight }, attrs, types) => {
      if (attrs.groups > 1 || (isPointwise(weight.shape) && attrs.stride === 1)) return null;
      const [image, kernel] = [moved(g, x, [0, 2, 3, 1]), moved(g, weight, [2, 3, 1, 0])];
      const [batch, out, height, width] = staticShape(types.y.shape);
      const y = g.node('Conv2D', [image, kernel], convolutionAttrs(attrs), { shape: [batch, height, width, out] });
      return moved(g, y, [0, 3, 1, 2]);
    },
    onnx: (g, { x, weight }, attrs) => g.node('Conv', [x, weight], onnxAttrs(attrs)),
  },
});

export const conv2dTranspose: CompositeOp<['x', 'weight'], Conv2dAttrs> = defineComposite('conv2d_transpose', {
  doc: 'The transpose of conv2d with the same weight: each x[o, i, j] adds x[o, i, j] · weight[o, c, u, v] to y[c, i·stride + u − padding, j·stride + v − padding], for x [batch, out, h, w], weight [out, in / groups, kh, kw] and y [batch, in, (h − 1)·stride + kh − 2·padding, …].',
  inputs: ['x', 'weight'],
  traits: { ...usual, memory: 'whole', axes: null, half: 'product' },
  // As many products as the convolution of which this is the transpose.
  flops: ({ x, weight }) => products(2 * staticSize(x) * staticSize(weight.slice(1))),
  infer: ({ x, weight }, attrs) => {
    const size = [2, 3].map((axis) => sideBehind(x.shape[axis] ?? 0, reachOf(weight.shape[axis] ?? 0, attrs), attrs));
    const inner = weight.shape[1] ?? 0;
    const y = { shape: [x.shape[0], mulDims(inner, attrs.groups), ...size], dtype: x.dtype };
    const back = conv2dType('conv2d_transpose', y, weight, attrs);
    if (x.shape.length !== 4 || !dimsEqual(back.shape[1], x.shape[1])) {
      misfit('conv2d_transpose', `a weight ${formatShape(weight.shape)} does not give ${formatShape(x.shape)}`);
    }
    return y;
  },
  expand: ({ x, weight }, attrs) => {
    const whole = placesOf(x).map((d, i) => sideBehind(d, reachOf(weight.shape[i + 2], attrs), attrs));
    return transposed(x, weight, staticShape(whole), attrs);
  },
  grad: ({ x, weight, dy }, attrs) => ({
    x: conv2d(dy, weight, attrs),
    weight: conv2dKernelGradient(dy, x, { ...attrs, kernel: placesOf(weight) }),
  }),
  lower: {
    eager: 'expand',
    graphDef: (g, { x, weight }, attrs, { y }) => {
      if (attrs.groups > 1 || (attrs.dilation ?? 1) > 1) return null;
      const [image, kernel] = [moved(g, x, [0, 2, 3, 1]), moved(g, weight, [2, 3, 1, 0])];
      const [batch, channels, height, width] = staticShape(y.shape);
      const shape = [batch, height, width, channels];
      const inputs = [g.int32s(shape), kernel, image];
      return moved(g, g.node('Conv2DBackpropInput', inputs, convolutionAttrs(attrs), { shape }), [0, 3, 1, 2]);
    },
    onnx: (g, { x, weight }, attrs) => g.node('ConvTranspose', [x, weight], onnxAttrs(attrs)),
  },
});

export interface KernelGradientAttrs extends Conv2dAttrs {
  /** Height and width of the kernel. */
  readonly kernel: readonly number[];
}

export const conv2dKernelGradient: CompositeOp<['x', 'dy'], KernelGradientAttrs> = defineComposite(
  'conv2d_kernel_gradient',
  {
    doc: 'The gradient of conv2d by its weight: Σ over images and places of dy[o, i, j] · x[c, i·stride + u − padding, j·stride + v − padding].',
    inputs: ['x', 'dy'],
    traits: { ...usual, memory: 'whole', axes: null, half: 'product' },
    // As many products as the convolution itself takes.
    flops: ({ dy, y }) => products((2 * staticSize(y) * staticSize(dy)) / dy[1]),
    infer: ({ x, dy }, { kernel, ...attrs }) => {
      const inner = divDims(x.shape[1], attrs.groups) ?? 0;
      const weight = { shape: [dy.shape[1], inner, ...kernel], dtype: dy.dtype };
      const made = conv2dType('conv2d_kernel_gradient', x, weight, attrs);
      if (!made.shape.every((d, i) => dimsEqual(d, dy.shape[i]))) {
        misfit(
          'conv2d_kernel_gradient',
          `a result is ${formatShape(made.shape)}, its cotangent ${formatShape(dy.shape)}`,
        );
      }
      return weight;
    },
    expand: ({ x, dy }, { kernel, ...attrs }) => {
      const { padding, groups } = attrs;
      const [batch] = dy.shape;
      const [inChannels, out] = staticShape([x.shape[1], dy.shape[1]]);
      const [inner, size] = [inChannels / groups, placesOf(dy)];
      const columns = columnsOf(pad2d(x, padding), kernel, size, attrs);
      // Sums over images and places at once: [batch, c, n] → [groups, c, batch · n].
      const joined = (v: Value, channels: number): Value => {
        const perm = transpose(asShape(v, [batch, groups, channels, sizeOf(size)]), { perm: [1, 2, 0, 3] });
        return asShape(perm, [groups, channels, mulDims(batch, sizeOf(size))]);
      };
      const window = inner * kernel[0] * kernel[1];
      const product = matmul(joined(dy, out / groups), joined(columns, window), { transposeB: true });
      return asShape(product, [out, inner, ...kernel]);
    },
    grad: 'expand',
    lower: {
      // The portable backend has no kernel for this gradient.
      eager: 'expand',
      graphDef: (g, { x, dy }, { kernel, ...attrs }, { y }) => {
        // Its CPU kernels do not support dilation here.
        if (attrs.groups > 1 || (attrs.dilation ?? 1) > 1) return null;
        if (isPointwise(y.shape) && attrs.stride === 1) return null;
        const [image, cotangent] = [moved(g, x, [0, 2, 3, 1]), moved(g, dy, [0, 2, 3, 1])];
        const shape = [...kernel, x.shape[1], dy.shape[1]];
        const inputs = [image, g.int32s(shape), cotangent];
        return moved(g, g.node('Conv2DBackpropFilter', inputs, convolutionAttrs(attrs), { shape }), [3, 2, 0, 1]);
      },
      onnx: 'expand',
    },
  },
);

export interface GroupNormAttrs {
  readonly groups: number;
  readonly eps: number;
}

export const groupNorm: CompositeOp<['x', 'weight', 'bias'], GroupNormAttrs> = defineComposite('group_norm', {
  doc: '(x − mean) / √(var + eps) · weight + bias for x [batch, channels, ...], mean and variance over the places and channels of one of `groups` groups of channels.',
  inputs: ['x', 'weight', 'bias'],
  traits: { ...usual, memory: 'written out', axes: 'composite', half: 'statistic' },
  flops: perElement(7),
  infer: ({ x, weight, bias }, { groups }) => {
    expectFloat('group_norm', x);
    const channels = x.shape[1];
    if (x.shape.length < 2 || divDims(channels, groups) === null) {
      misfit('group_norm', `the channels of ${formatShape(x.shape)} do not fall into ${groups} groups`);
    }
    for (const w of [weight, bias]) {
      if (w.shape.length !== 1 || !dimsEqual(w.shape[0], channels)) {
        misfit('group_norm', `a weight ${formatShape(w.shape)} does not scale the channels of ${formatShape(x.shape)}`);
      }
    }
    return { shape: x.shape, dtype: sameDType('group_norm', x, weight) };
  },
  expand: ({ x, weight, bias }, attrs) => {
    const { n } = normalizedGroups(x, attrs);
    return add(mul(asShape(n, x.shape), perChannel(weight, x)), perChannel(bias, x));
  },
  // As for layer_norm: dx = r · (g − mean g − n · mean(g·n)) with g = dy · weight, means over each group.
  grad: ({ x, weight, bias, dy }, attrs) => {
    const { n, r } = normalizedGroups(x, attrs);
    const g = asShape(mul(dy, perChannel(weight, x)), n.shape);
    const mean = (v: Value): Value => reduceMean(v, { axes: [2], keepDims: true });
    const dx = mul(r, sub(sub(g, mean(g)), mul(n, mean(mul(g, n)))));
    const summed = (v: Value, w: Value): Value => asShape(unbroadcast(v, perChannel(w, x).type), w.shape);
    return {
      x: asShape(dx, x.shape),
      weight: summed(mul(dy, asShape(n, x.shape)), weight),
      bias: summed(dy, bias),
    };
  },
  lower: { eager: 'expand', graphDef: 'expand', onnx: 'expand' },
});

export const upsample: CompositeOp<['x'], { readonly factor: number }> = defineComposite('upsample', {
  doc: 'Every element of the last two axes `factor` times along both: enlargement by the nearest neighbour.',
  inputs: ['x'],
  traits: { ...usual, memory: 'written out', axes: null },
  flops: free,
  infer: ({ x }, { factor }) => {
    if (x.shape.length < 2 || !Number.isInteger(factor) || factor < 1) {
      misfit('upsample', `${formatShape(x.shape)} is not an image to enlarge ${factor} times`);
    }
    return { shape: enlarged(x.shape, factor), dtype: x.dtype };
  },
  expand: ({ x }, { factor }) => {
    const width = x.shape[x.shape.length - 1];
    const rows = sizeOf(x.shape.slice(0, -1));
    const spread = broadcastTo(asShape(x, [rows, 1, width, 1]), { shape: [rows, factor, width, factor] });
    return asShape(spread, enlarged(x.shape, factor));
  },
  grad: 'expand',
  lower: { eager: 'expand', graphDef: 'expand', onnx: 'expand' },
});

function conv2dType(opName: string, x: TensorType, weight: TensorType, attrs: Conv2dAttrs): TensorType {
  const { padding, groups } = attrs;
  expectFloat(opName, x);
  const [image, kernel] = [x.shape.slice(1), weight.shape];
  if (image.length !== 3 || kernel.length !== 4 || !isStatic(kernel)) {
    return misfit(opName, `needs an image [batch, in, h, w] and a weight [out, in, kh, kw] of known sizes`);
  }
  if (image[0] !== kernel[1] * groups || kernel[0] % groups !== 0) {
    const parts = groups === 1 ? '' : ` in ${groups} groups`;
    misfit(opName, `a weight ${formatShape(kernel)} does not read the channels of ${formatShape(x.shape)}${parts}`);
  }
  const size = [1, 2].map((axis) => windowsAlong(image[axis], reachOf(kernel[axis + 1], attrs), attrs));
  if (
    padding < 0 ||
    padding >= reachOf(Math.min(kernel[2], kernel[3]), attrs) ||
    !size.every((d) => d !== null && boundsOf(d).least >= 1)
  ) {
    return misfit(
      opName,
      `${formatShape(kernel)} with ${padding} zeros around does not fit into ${formatShape(x.shape)}`,
    );
  }
  return { shape: [x.shape[0], kernel[0], ...size.map((d) => d ?? 0)], dtype: sameDType(opName, x, weight) };
}

/** Places from the first to the last element that a kernel reads, both included. */
function reachOf(kernel: Dim, { dilation = 1 }: Conv2dAttrs): number {
  return (staticSize([kernel]) - 1) * dilation + 1;
}

/**
 * The number of windows along a side: (side + 2 · padding − reach) / stride + 1, rounded down; null if a symbolic side is
 * not known to divide by the stride.
 */
function windowsAlong(side: Dim, reach: number, { stride, padding }: Conv2dAttrs): Dim | null {
  const known = constantTerm(side);
  const strides = divDims(subDims(side, known), stride);
  return strides === null ? null : addDims(strides, Math.floor((known + 2 * padding - reach) / stride) + 1);
}

/** The smallest side that has the given number of windows: (windows − 1) · stride + reach − 2 · padding. */
function sideBehind(windows: Dim, reach: number, { stride, padding }: Conv2dAttrs): Dim {
  return addDims(mulDims(subDims(windows, 1), stride), reach - 2 * padding);
}

/** The elements in each window of a padded image, one column per window: [batch, c, kh · kw, h' · w']. */
function columnsOf(x: Value, kernel: readonly number[], size: readonly number[], attrs: Conv2dAttrs): Value {
  const { stride, dilation = 1 } = attrs;
  const [batch, channels] = x.shape;
  const [rows, columns] = size;
  // Pads rows to a multiple of the stride, so that every `stride`-th element is a slice of a reshape.
  const spare = placesOf(x).map((d, i) => Math.max(0, size[i] * stride + reachOf(kernel[i], attrs) - 1 - d));
  const whole = spare.some((d) => d > 0) ? pad(x, { before: [0, 0, 0, 0], after: [0, 0, ...spare] }) : x;
  const taps = Array.from({ length: kernel[0] * kernel[1] }, (_, tap) => {
    const start = [0, 0, dilation * Math.floor(tap / kernel[1]), dilation * (tap % kernel[1])];
    const box = slice(whole, { start, size: [batch, channels, rows * stride, columns * stride] });
    return asShape(everyNth(box, stride), [batch, channels, 1, rows * columns]);
  });
  return concat(taps, { axis: 2 });
}

/** Every `stride`-th element along the last two axes, starting with the first. */
function everyNth(x: Value, stride: number): Value {
  if (stride === 1) return x;
  const [rows, columns] = placesOf(x).map((d) => d / stride);
  const lead = mulDims(sizeOf(x.shape.slice(0, 2)), rows);
  const first = slice(asShape(x, [lead, stride, columns, stride]), {
    start: [0, 0, 0, 0],
    size: [lead, 1, columns, 1],
  });
  return asShape(first, [...x.shape.slice(0, 2), rows, columns]);
}

function pad2d(x: Value, padding: number): Value {
  const sides = [0, 0, padding, padding];
  return padding === 0 ? x : pad(x, { before: sides, after: sides });
}

/**
 * The cotangent of the input of a convolution, for images of height and width `whole`: zeros are put between and around
 * the elements of dy, and the result is convolved with the kernel rotated by half a turn.
 */
function transposed(dy: Value, weight: Value, whole: readonly number[], attrs: Conv2dAttrs): Value {
  const { stride, padding, groups, dilation } = attrs;
  const [kernel, made] = [weight, dy].map(placesOf);
  const sides = kernel.map((k, i) => {
    const reach = reachOf(k, attrs);
    const before = reach - 1 - padding;
    return { before, after: whole[i] + reach - 1 - before - made[i] * stride };
  });
  const spread = dilated(dy, stride);
  // If fewer zeros are needed after the last element than dilation added, the surplus is cut off.
  const cut = [...spread.shape.slice(0, 2), ...placesOf(spread).map((d, i) => d + Math.min(0, sides[i].after))];
  const kept = slice(spread, { start: [0, 0, 0, 0], size: cut });
  const around = pad(kept, {
    before: [0, 0, ...sides.map((s) => s.before)],
    after: [0, 0, ...sides.map((s) => Math.max(0, s.after))],
  });
  return conv2d(around, turned(weight, groups), { stride: 1, padding: 0, groups, ...(dilation ? { dilation } : {}) });
}

/** stride − 1 zeros after every element of the last two axes. */
function dilated(x: Value, stride: number): Value {
  if (stride === 1) return x;
  const [rows, columns] = placesOf(x);
  const single = asShape(x, [mulDims(sizeOf(x.shape.slice(0, 2)), rows), 1, columns, 1]);
  const spread = pad(single, { before: [0, 0, 0, 0], after: [0, stride - 1, 0, stride - 1] });
  return asShape(spread, [...x.shape.slice(0, 2), rows * stride, columns * stride]);
}

/** [out, in / groups, kh, kw] → [in, out / groups, kh, kw] with both kernel axes reversed. */
function turned(weight: Value, groups: number): Value {
  const [out, inner, rows, columns] = staticShape(weight.shape);
  const each = out / groups;
  const perm = transpose(asShape(weight, [groups, each, inner, rows * columns]), { perm: [3, 0, 2, 1] });
  const taps = Array.from({ length: rows * columns }, (_, i) =>
    slice(perm, { start: [rows * columns - 1 - i, 0, 0, 0], size: [1, groups, inner, each] }),
  );
  const reversed = transpose(concat(taps, { axis: 0 }), { perm: [1, 2, 3, 0] });
  return asShape(reversed, [groups * inner, each, rows, columns]);
}

/** The values of each group with mean 0 and variance 1, as [batch, groups, n], and the factor that scaled them. */
function normalizedGroups(x: Value, { groups, eps }: GroupNormAttrs): { n: Value; r: Value } {
  const each = mulDims(partOf(x.shape[1], groups), sizeOf(x.shape.slice(2)));
  const rows = asShape(x, [x.shape[0], groups, each]);
  const last = { axes: [2], keepDims: true } as const;
  const centred = sub(rows, reduceMean(rows, last));
  const r = rsqrt(add(reduceMean(square(centred), last), eps));
  return { n: mul(centred, r), r };
}

/** A vector of channels as [channels, 1, …], to be broadcast over the places of x. */
function perChannel(w: Value, x: Value): Value {
  return asShape(w, [w.shape[0], ...x.shape.slice(2).map(() => 1)]);
}

/** Height and width of an image or a kernel, in elements. */
function placesOf({ shape }: Value): number[] {
  return staticShape(shape.slice(2));
}

function enlarged(shape: Shape, factor: number): Shape {
  return shape.map((d, i) => (i < shape.length - 2 ? d : mulDims(d, factor)));
}

/** Whether a kernel is 1×1: the convolution is then a plain matrix product and needs no other order of axes. */
function isPointwise(weight: Shape): boolean {
  return weight[2] === 1 && weight[3] === 1;
}

function moved(g: GraphDefTarget, x: GraphDefTensor, perm: readonly number[]): GraphDefTensor {
  return g.node('Transpose', [x, g.int32s(perm)], {}, { dtype: x.dtype, shape: perm.map((p) => x.shape[p]) });
}

/** TensorFlow's attributes, for the order of axes that its CPU kernels need: [batch, h, w, channels]. */
function convolutionAttrs({ stride, padding, dilation = 1 }: Conv2dAttrs): {
  readonly [name: string]: string | readonly number[];
} {
  const [strides, dilations] = [stride, dilation].map((n) => [1, n, n, 1]);
  if (padding === 0) return { strides, dilations, padding: 'VALID' };
  return {
    strides,
    dilations,
    padding: 'EXPLICIT',
    explicit_paddings: [0, 0, padding, padding, padding, padding, 0, 0],
  };
}

function onnxAttrs({ stride, padding, groups, dilation = 1 }: Conv2dAttrs): {
  readonly [name: string]: number | readonly number[];
} {
  return {
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    dilations: [dilation, dilation],
    group: groups,
  };
}
