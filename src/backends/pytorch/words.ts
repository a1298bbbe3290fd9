/** How each op is written for PyTorch: expressions of Python. A composite that PyTorch has too becomes one call. */
// Tested by test/ops/conformance.test.ts.
import { ownWords } from '../../compiler/emit/words';
import { addDims, dimsEqual, formatDim, type Dim, type Shape } from '../../compiler/ir/dims';
import type { DType, TensorType } from '../../compiler/ir/graph';
import { invariant } from '../../compiler/invariant';
import type { Site, Word } from '../../compiler/ops/define';
import { hiddenScore } from '../../compiler/ops/numerics';
import {
  atom,
  call,
  element,
  infix,
  level,
  literal,
  method,
  number,
  prefix,
  property,
  torchTypes,
  tuple,
  type Level,
  type Python,
} from './expression';

/** The function or class that expressions are written for. */
export interface PythonTarget {
  /** A size: a number, or an expression for it. */
  dim(d: Dim): string;
  /** The name of a function of `functions.py`, which is then included. */
  helper(name: string): string;
}

type PyWord<A extends object = object> = Word<PythonTarget, Python, A>;

export const pytorchWords = ownWords<PythonTarget, Python>('pytorch', {
  add: between('+', level.sum),
  sub: between('-', level.sum),
  mul: between('*', level.product),
  div: between('/', level.product),
  pow: between('**', level.power),
  maximum: (_, [a, b], site) => bounded('maximum', 'min', [a, b], site),
  minimum: (_, [a, b], site) => bounded('minimum', 'max', [a, b], site),
  neg: (_, [x], site) => prefix('-', whole(x, site)),
  abs: unary('abs'),
  sign: unary('sign'),
  floor: unary('floor'),
  square: unary('square'),
  reciprocal: (_, [x], site) => infix(number(1), '/', whole(x, site), level.product),
  sqrt: unary('sqrt'),
  rsqrt: unary('rsqrt'),
  exp: unary('exp'),
  log: unary('log'),
  sin: unary('sin'),
  cos: unary('cos'),
  tanh: unary('tanh'),
  sigmoid: unary('sigmoid'),
  erf: unary('erf'),
  less: between('<', level.comparison),
  lessEqual: between('<=', level.comparison),
  greater: between('>', level.comparison),
  greaterEqual: between('>=', level.comparison),
  equal: between('==', level.comparison),
  logicalAnd: between('&', level.and),
  logicalOr: between('|', level.or),
  logicalNot: (_, [x], site) => prefix('~', whole(x, site)),
  // Two plain numbers would get PyTorch's own dtypes.
  select: (_, [condition, a, b], site) => {
    const first = a.isNumber && b.isNumber ? tensorOf(a, site.types[1].dtype) : a;
    return call('torch.where', whole(condition, site), first, b);
  },
  cast: (_, [x], site) => {
    const [from] = site.types;
    const { dtype } = site.attrs;
    if (x.isNumber) return tensorOf(dtype === 'i32' ? call('int', x) : x, dtype);
    if (from.dtype === dtype) return x;
    return dtype === 'bool' ? infix(x, '!=', number(0), level.comparison) : method(x, 'to', torchTypes[dtype]);
  },
  stopGradient: (_, [x], site) => method(whole(x, site), 'detach'),

  reshape: (target, [x], { attrs, types }) =>
    method(x.isNumber ? tensorOf(x, types[0].dtype) : x, 'reshape', sizes(target, attrs.shape)),
  transpose: (_, [x], { attrs, types }) => {
    const axes = attrs.perm.flatMap((p, i) => (p === i ? [] : [i]));
    if (axes.length === 2) {
      const [a, b] = axes.map((i) => i - types[0].shape.length);
      return method(x, 'transpose', String(a), String(b));
    }
    return method(x, 'permute', attrs.perm.join(', '));
  },
  broadcastTo: (target, [x], { attrs, types }) =>
    x.isNumber
      ? call('torch.full', tuple(attrs.shape.map((d) => target.dim(d))), x, `dtype=${torchTypes[types[0].dtype]}`)
      : method(x, 'expand', sizes(target, attrs.shape)),
  slice: (target, [x], { attrs, types }) => sliced(target, x, types[0].shape, attrs),
  pad: (target, [x], { attrs }) => {
    const sides = attrs.before.map((b, i) => [target.dim(b), target.dim(attrs.after[i])]);
    const first = sides.findIndex((side) => side.some((d) => d !== '0'));
    return first < 0 ? x : call('F.pad', x, tuple(sides.slice(first).toReversed().flat()));
  },
  concat: (_, operands, { attrs, type }) =>
    call('torch.cat', `[${operands.map((x) => x.text).join(', ')}]`, axis(attrs.axis, type.shape)),

  reduceSum: (_, [x], site) => reduced('sum', x, site),
  reduceMean: (_, [x], site) => reduced('mean', x, site),
  reduceMax: (_, [x], site) => reduced('amax', x, site),

  matmul: (_, [a, b], { attrs }) => {
    const read = (x: Python, transposed: boolean): Python => (transposed ? property(x, 'mT') : x);
    const [left, right] = [read(a, attrs.transposeA ?? false), read(b, attrs.transposeB ?? false)];
    return infix(left, '@', right, level.product);
  },
  linear: (_, [x, weight]) => call('F.linear', x, weight),

  orthonormal: (target, [x]) => call(target.helper('orthonormal'), x),

  gather: (_, [table, indices], { types }) => {
    const rows = tensorOrSelf(indices, types[1].dtype);
    return types[0].shape.length === 2 ? call('F.embedding', rows, table) : element(table, rows.text);
  },
  scatterAdd: (target, [indices, updates], { attrs, types, type }) => {
    const rest = type.shape.slice(1);
    const zeros = method(updates, 'new_zeros', tuple([attrs.rows, ...rest].map((d) => target.dim(d))));
    const rows = types[0].shape.length === 1 ? updates : method(updates, 'reshape', sizes(target, [-1, ...rest]));
    return method(zeros, 'index_add', '0', method(indices, 'flatten'), rows);
  },
  oneHot: (_, [indices], { attrs, types }) => {
    const whole = tensorOrSelf(indices, types[0].dtype);
    const counting = call('torch.arange', String(attrs.depth), `device=${property(whole, 'device').text}`);
    return method(infix(element(whole, '..., None'), '==', counting, level.comparison), 'float');
  },

  randomNormal: drawn('random_normal'),
  randomUniform: drawn('random_uniform'),
  randomNormalPart: drawnPart('random_normal'),
  randomUniformPart: drawnPart('random_uniform'),
  dimension: (target, _, { attrs }) => ({ ...atom(target.dim(attrs.size)), level: level.sum, isNumber: true }),
  range: (target, _, { attrs }) => call('torch.arange', target.dim(attrs.count), 'dtype=torch.float32'),

  // A stable sort keeps equal elements in order, which `topk` does not promise.
  topIndices: (_, [x], { attrs }) => {
    const order = property(call('torch.sort', x, 'dim=-1', 'descending=True', 'stable=True'), 'indices');
    return method(element(order, `..., :${attrs.count}`), 'int');
  },
  cumulativeSum: (_, [x], { attrs }) => {
    if (!attrs.reverse) return method(x, 'cumsum', '-1');
    return method(method(method(x, 'flip', '-1'), 'cumsum', '-1'), 'flip', '-1');
  },
  // Programs run line by line here, and a line that is written again is computed again.
  barrier: (_, [x]) => x,

  relu: unary('relu'),
  silu: functional('F.silu'),
  gelu: functional('F.gelu'),
  geluTanh: (_, [x], site) => call('F.gelu', whole(x, site), 'approximate="tanh"'),
  softplus: functional('F.softplus'),
  softmax: (_, [x], site) => call('F.softmax', whole(x, site), 'dim=-1'),
  rmsNorm: (target, [x, weight], { attrs, types }) => {
    const width = lastOf(target, types[0]);
    return call('F.rms_norm', x, width, weight, `eps=${number(attrs.eps).text}`);
  },
  layerNorm: (target, [x, weight, bias], { attrs, types }) => {
    return call('F.layer_norm', x, lastOf(target, types[0]), weight, bias, `eps=${number(attrs.eps).text}`);
  },
  groupNorm: (_, [x, weight, bias], { attrs }) => {
    return call('F.group_norm', x, String(attrs.groups), weight, bias, `eps=${number(attrs.eps).text}`);
  },
  upsample: (_, [x], { attrs }) => {
    const along = (v: Python, dim: number): Python =>
      method(v, 'repeat_interleave', String(attrs.factor), `dim=${dim}`);
    return along(along(x, -2), -1);
  },

  attention: (_, [q, k, v], site) => attended(site, [q, k, v]),
  maskedAttention: (_, [q, k, v, mask], site) => {
    const { dtype } = site.types[0];
    const hidden = number(hiddenScore(dtype));
    // A finite score: a query that sees no key weighs all keys alike; PyTorch's own masks would give NaN.
    return attended(site, [q, k, v], call('torch.where', mask, tensorOf(number(0), dtype, mask), hidden));
  },
  biasedAttention: (_, [q, k, v, bias], site) => attended(site, [q, k, v], bias),
  rope: (target, [x, cos, sin]) => call(target.helper('rope'), x, cos, sin),

  conv2d: (_, [x, weight], { attrs }) => call('F.conv2d', x, weight, ...windows(attrs)),
  conv2dTranspose: (_, [x, weight], { attrs }) => call('F.conv_transpose2d', x, weight, ...windows(attrs)),
  conv2dKernelGradient: (target, [x, dy], { attrs, type }) => {
    const shape = tuple(type.shape.map((d) => target.dim(d)));
    return call('torch.nn.grad.conv2d_weight', x, shape, dy, ...windows(attrs));
  },
});

/** A tensor of one number. */
function tensorOf(x: Python, dtype: DType, beside?: Python): Python {
  const device = beside ? [`device=${property(beside, 'device').text}`] : [];
  return call('torch.tensor', x, `dtype=${torchTypes[dtype]}`, ...device);
}

/** The operand as a tensor of the type that it has in the program. */
export function tensorOrSelf(x: Python, dtype: DType): Python {
  return x.isNumber ? tensorOf(x, dtype) : x;
}

/** A constant of one number, as it stands in an expression. */
export function constantNumber(value: number, dtype: DType): Python {
  return literal(value, dtype);
}

function whole(x: Python, { types }: Site): Python {
  return tensorOrSelf(x, types[0].dtype);
}

function between(sign: string, at: Level): PyWord {
  return (_, [a, b], site) => infix(a.isNumber && b.isNumber ? whole(a, site) : a, sign, b, at);
}

function unary(name: string): PyWord {
  return (_, [x], site) => method(whole(x, site), name);
}

function functional(name: string): PyWord {
  return (_, [x], site) => call(name, whole(x, site));
}

/** The larger or the smaller of two values; a plain number becomes a bound. */
function bounded(name: string, bound: 'min' | 'max', [a, b]: readonly [Python, Python], site: Site): Python {
  if (b.isNumber) return method(whole(a, site), 'clamp', `${bound}=${b.text}`);
  if (a.isNumber) return method(b, 'clamp', `${bound}=${a.text}`);
  return call(`torch.${name}`, a, b);
}

function reduced(name: string, x: Python, site: Site<{ axes: readonly number[]; keepDims?: boolean }>): Python {
  const { attrs, types } = site;
  const rank = types[0].shape.length;
  const tensor = whole(x, site);
  // PyTorch reads an empty list of axes as all axes.
  if (attrs.axes.length === 0) return tensor;
  const axes = attrs.axes.map((a) => (a === rank - 1 ? -1 : a));
  const over = axes.length === 1 ? String(axes[0]) : tuple(axes);
  const keep = attrs.keepDims ? ['keepdim=True'] : [];
  // PyTorch adds int32 up in int64.
  const dtype = name === 'sum' && types[0].dtype === 'i32' ? ['dtype=torch.int32'] : [];
  return method(tensor, name, over, ...keep, ...dtype);
}

function sliced(
  target: PythonTarget,
  x: Python,
  shape: Shape,
  { start, size }: { readonly start: Shape; readonly size: Shape },
): Python {
  const parts = shape.map((d, i) => {
    if (dimsEqual(size[i], d)) return ':';
    const end = addDims(start[i], size[i]);
    const from = start[i] === 0 ? '' : target.dim(start[i]);
    return `${from}:${dimsEqual(end, d) ? '' : target.dim(end)}`;
  });
  const last = parts.findLastIndex((p) => p !== ':');
  if (last < 0) return x;
  const first = parts.findIndex((p) => p !== ':');
  // An index on the last axis alone is easier to read after an ellipsis.
  if (first === parts.length - 1 && parts.length > 1) return element(x, `..., ${parts[first]}`);
  return element(x, parts.slice(0, last + 1).join(', '));
}

function attended(site: Site<{ scale: number }>, [q, k, v]: readonly Python[], bias?: Python): Python | null {
  const [qs, ks, vs] = site.types.map((t) => t.shape);
  const isHeaded = [ks, vs].every((s) => s.slice(0, -2).every((d, i) => dimsEqual(d, qs[i])));
  if (!isHeaded || qs.length < 3 || site.attrs.scale <= 0) return null;
  const beside = bias ? [`attn_mask=${bias.text}`] : [];
  // PyTorch's own scale is the usual one, 1/√e.
  const width = qs[qs.length - 1];
  const isUsual = typeof width === 'number' && Math.abs(site.attrs.scale * Math.sqrt(width) - 1) < 1e-12;
  const scale = isUsual ? [] : [`scale=${number(site.attrs.scale).text}`];
  return call('F.scaled_dot_product_attention', q, k, v, ...beside, ...scale);
}

function windows(attrs: { stride: number; padding: number; dilation?: number; groups: number }): string[] {
  const { stride, padding, dilation = 1, groups } = attrs;
  const usual = { stride: 1, padding: 0, dilation: 1, groups: 1 };
  const given = { stride, padding, dilation, groups };
  return Object.entries(given).flatMap(([name, n]) =>
    n === usual[name as keyof typeof usual] ? [] : [`${name}=${n}`],
  );
}

function drawn(name: string): PyWord<{ shape: Shape; stream?: number }> {
  return (target, [seed], { attrs }) =>
    call(target.helper(name), seed, String(attrs.stream ?? 0), tuple(attrs.shape.map((d) => target.dim(d))));
}

function drawnPart(name: string): PyWord<{ shape: Shape; stream?: number }> {
  return (target, [seed, part], { attrs, types }) => {
    const shape = tuple(attrs.shape.map((d) => target.dim(d)));
    return call(target.helper(name), seed, String(attrs.stream ?? 0), shape, tensorOrSelf(part, types[1].dtype));
  };
}

function sizes(target: PythonTarget, shape: Shape): string {
  return shape.length === 0 ? '()' : shape.map((d) => target.dim(d)).join(', ');
}

function axis(at: number, shape: Shape): string {
  return `dim=${at === shape.length - 1 ? -1 : at}`;
}

function lastOf(target: PythonTarget, { shape }: TensorType): string {
  return `(${target.dim(shape[shape.length - 1])},)`;
}

/** A size that is known because the program is written for fixed shapes. */
export function staticDimText(d: Dim): string {
  invariant(typeof d === 'number', `the size ${formatDim(d)} is not bound`);
  return String(d);
}
