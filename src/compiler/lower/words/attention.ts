/** Words of attention: attend, rope, and the matrix product. */
import { dimsEqual, formatShape } from '../../ir/dims';
import { cos as cosOp, equal, logicalNot, sin as sinOp } from '../../ops/elementwise';
import { matmul as matmulOp } from '../../ops/linalg';
import { attention, maskedAttention, rope as ropeOp } from '../../ops/attention';
import { softmax as softmaxOp } from '../../ops/nn';
import { reduceMean, reduceSum } from '../../ops/reduction';
import type { Value } from '../../ir/graph';
import { reshape } from '../../ops/movement';
import type { Context } from '../context';
import { irShape, mapTensor, sameBatch } from '../tensors';
import { describe, tensorValue, type TensorValue } from '../values';
import { axis as axisOf, flag, float, takes, tensor } from './parameter';
import { word, type Arguments, type Word } from './word';

export const attend = word(
  'attend',
  'softmax(q kᵀ · scale) v: q [heads, n, e], k [heads, m, e], v [heads, m, f] → [heads, n, f]. Keys where `mask` [m] is 0 are left out.',
  {
    q: tensor('queries [heads, n, e]'),
    k: tensor('keys [heads, m, e]'),
    v: tensor('values [heads, m, f]'),
    mask: takes('mask', 'which keys are seen: [m], 1 or 0', 'none'),
    scale: { ...float('what products of queries and keys are multiplied by'), default: '1/√e' },
  },
  (ctx, args) => {
    const [q, k, v] = [args.tensor('q'), args.tensor('k'), args.tensor('v')];
    const reason = misfit(q.shape, k.shape, v.shape);
    if (reason) {
      return ctx.fail('attention-shape', args.span, {
        query: formatShape(q.shape),
        key: formatShape(k.shape),
        value: formatShape(v.shape),
        reason,
      });
    }
    const width = q.shape[q.shape.length - 1];
    const scale = args.number('scale', 1 / Math.sqrt(typeof width === 'number' ? width : 1));
    const mask = args.value('mask');
    if (!mask || (mask.kind === 'word' && mask.name === 'none')) {
      const { values, batched } = sameBatch(ctx, [q, k, v]);
      return tensorValue(attention(values[0], values[1], values[2], { scale }), batched);
    }
    const keep = keysOf(ctx, args, k.shape);
    const { values, batched } = sameBatch(ctx, [q, k, v, keep]);
    const seen = logicalNot(equal(values[3], 0));
    return tensorValue(maskedAttention(values[0], values[1], values[2], seen, { scale }), batched);
  },
);

/** The mask [m] as [1, …, 1, m], one row for every query of every head. */
function keysOf(ctx: Context, args: Arguments, keys: Axes): TensorValue {
  const mask = args.tensor('mask');
  const m = keys[keys.length - 2];
  if (mask.shape.length !== 1 || !dimsEqual(mask.shape[0], m)) {
    const facts = {
      what: '`mask` of attend',
      expected: formatShape([m]),
      found: formatShape(mask.shape),
      reason: 'it says for each key whether it is seen',
    };
    return ctx.fail('shape-mismatch', args.spanOf('mask'), facts);
  }
  const row = [...keys.slice(0, -1).map(() => 1), m];
  return tensorValue(reshape(mask.value, { shape: irShape(ctx, row, mask.batched) }), mask.batched);
}

type Axes = Parameters<typeof formatShape>[0];

function misfit(q: Axes, k: Axes, v: Axes): string | null {
  if (q.length !== k.length || q.length !== v.length) return 'they have different numbers of axes';
  if (q.length < 2) return 'each needs a token axis and a channel axis';
  const r = q.length;
  for (let i = 0; i < r - 2; i++) {
    if (!dimsEqual(q[i], k[i]) || !dimsEqual(q[i], v[i])) return `axis ${i} differs`;
  }
  if (!dimsEqual(q[r - 1], k[r - 1])) return 'queries and keys have different widths';
  if (!dimsEqual(k[r - 2], v[r - 2])) return 'keys and values have different numbers of tokens';
  return null;
}

export const rope = word(
  'rope',
  'Rotary embedding: turns the pair (2j, 2j + 1) of the last axis of x [..., n, e] by angles [n, e / 2].',
  { x: tensor('what is turned, [..., n, e]'), angles: tensor('angles in radians, [n, e / 2]') },
  (ctx, args) => {
    const [x, angles] = [args.tensor('x'), args.tensor('angles')];
    const [n, e] = x.shape.slice(-2);
    const [m, half] = angles.shape.slice(-2);
    const fits =
      x.shape.length >= 2 && angles.shape.length === 2 && dimsEqual(n, m) && typeof half === 'number' && e === 2 * half;
    if (!fits || angles.batched) {
      return ctx.fail('broadcast-mismatch', args.span, {
        left: describe(x),
        right: describe(angles),
        operator: 'turned by',
        reason: 'the angles must be [tokens, half the width]',
      });
    }
    return tensorValue(ropeOp(x.value, cosOp(angles.value), sinOp(angles.value)), x.batched);
  },
);

export const matmul = word(
  'matmul',
  'The matrix product over the last two axes; other axes are equal.',
  { a: tensor('[..., n, m]'), b: tensor('[..., m, k]') },
  (ctx, args) => {
    const [a, b] = [args.tensor('a'), args.tensor('b')];
    const r = a.shape.length;
    const fits =
      r >= 2 &&
      r === b.shape.length &&
      dimsEqual(a.shape[r - 1], b.shape[r - 2]) &&
      a.shape.slice(0, -2).every((d, i) => dimsEqual(d, b.shape[i]));
    if (!fits) {
      const reason =
        'the last axis of the left must equal the axis before the last of the right, and leading axes must be equal';
      return ctx.fail('broadcast-mismatch', args.span, {
        left: describe(a),
        right: describe(b),
        operator: 'matmul',
        reason,
      });
    }
    const { values, batched } = sameBatch(ctx, [a, b]);
    return tensorValue(matmulOp(values[0], values[1], { transposeA: false, transposeB: false }), batched);
  },
);

export const softmax = word(
  'softmax',
  'exp(x) / Σ exp(x) over the last axis.',
  { x: tensor('[..., n]') },
  (_, args) => {
    const x = args.tensor('x');
    if (x.shape.length === 0) return args.wrongKind('x', 'a tensor with at least one axis');
    return mapTensor((v) => softmaxOp(v), x);
  },
);

export const mean = reduction('mean', 'The mean', (x, axes, keepDims) => reduceMean(x, { axes, keepDims }));
export const sum = reduction('sum', 'The sum', (x, axes, keepDims) => reduceSum(x, { axes, keepDims }));

function reduction(name: string, what: string, op: (x: Value, axes: number[], keepDims: boolean) => Value): Word {
  return word(
    name,
    `${what} over one axis or all, which are dropped unless kept.`,
    {
      x: tensor('any tensor with an axis'),
      axis: axisOf('the axis, or `all`'),
      keep: flag('whether the axis stays, with a size of 1', false),
    },
    (_, args: Arguments) => {
      const x = args.tensor('x');
      const given = args.value('axis');
      const axes =
        given?.kind === 'word' && given.name === 'all'
          ? x.shape.map((_, i) => i)
          : [args.axis('axis', x.shape.length, formatShape(x.shape))];
      const own = axes.map((axis) => (x.batched ? axis + 1 : axis));
      return tensorValue(op(x.value, own, args.boolean('keep')), x.batched);
    },
  );
}
