/** Words of attention: attend, rope, and the matrix product. */
import { sizeRange } from '../../bind/number-range';
import { dimsEqual, formatDim, formatShape, shapesEqual } from '../../ir/dims';
import type { Value } from '../../ir/graph';
import { rope as ropeOp } from '../../ops/attention';
import { range } from '../../ops/creation';
import {
  abs,
  cos as cosOp,
  equal,
  greaterEqual,
  less,
  logicalAnd,
  logicalNot,
  sin as sinOp,
  sub,
} from '../../ops/elementwise';
import { matmul as matmulOp } from '../../ops/linalg';
import { reshape } from '../../ops/movement';
import { softmax as softmaxOp } from '../../ops/nn';
import { reduceMean, reduceSum } from '../../ops/reduction';
import { attended } from '../attended';
import type { Context } from '../context';
import { broadcastShapes, combine, mapTensor, sameBatch } from '../tensors';
import { describe, tensorValue, type TensorValue } from '../values';
import { axis as axisOf, flag, float, int, takes, tensor } from './parameter';
import { word, type Arguments, type Word } from './word';

export const attend = word(
  'attend',
  'softmax(q kᵀ · scale + bias) v: q [heads, n, e], k [heads, m, e], v [heads, m, f] → [heads, n, f]. With fewer heads of keys and values, each of them serves the same number of query heads, in order. A query that sees no key gives all keys the same weight.',
  {
    q: tensor('queries [heads, n, e]'),
    k: tensor('keys [heads, m, e]'),
    v: tensor('values [heads, m, f]'),
    mask: takes('mask', 'which keys are seen, 1 or 0: [m], or broadcast to [heads, n, m]', 'none'),
    scale: { ...float('factor of the products of queries and keys'), default: '1/√e' },
    bias: takes('tensor', 'added to the scores, broadcast to [heads, n, m]', 'none'),
    causal: flag('whether a query sees only keys up to its own position', false),
    window: {
      ...int('a query sees only keys that are closer than this number of positions', sizeRange),
      default: 'none',
    },
  },
  (ctx, args) => {
    const [q, k, v] = [args.tensor('q'), args.tensor('k'), args.tensor('v')];
    const reason = misfit(q.shape, k.shape, v.shape) ?? unordered(args, q.shape, k.shape);
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
    const scores = [...q.shape.slice(0, -1), k.shape[k.shape.length - 2]];
    const bias = isGiven(args, 'bias') ? besideScores(args, 'bias', scores) : null;
    return attended(ctx, { q, k, v, scale, bias, seen: seenKeys(ctx, args, scores) });
  },
);

/** A mask or bias, which must broadcast to the scores [heads, n, m]. */
function besideScores(args: Arguments, name: string, scores: Axes): TensorValue {
  const t = args.tensor(name);
  const together = broadcastShapes(t.shape, scores);
  if (t.shape.length > 0 && typeof together !== 'string' && shapesEqual(together, scores)) return t;
  const facts = {
    what: `\`${name}\` of attend`,
    expected: t.shape.length < 2 ? formatShape(scores.slice(-1)) : formatShape(scores),
    found: formatShape(t.shape),
    reason: name === 'mask' ? 'it says for each key whether it is seen' : 'it is added to the scores',
  };
  return args.ctx.fail('shape-mismatch', args.spanOf(name), facts);
}

/** Which scores count, given the mask, the order and the distance of places; null if all count. */
function seenKeys(ctx: Context, args: Arguments, scores: Axes): TensorValue | null {
  const rules: TensorValue[] = [];
  if (isGiven(args, 'mask')) {
    const mask = besideScores(args, 'mask', scores);
    rules.push(mapTensor((x) => logicalNot(equal(x, 0)), mask));
  }
  const causal = args.boolean('causal');
  const window = isGiven(args, 'window') ? args.int('window') : null;
  if (causal || window !== null) {
    const places = range({ count: scores[scores.length - 1] });
    // How far behind its query a key is.
    const behind = sub(reshape(places, { shape: [...places.shape, 1] }), places);
    if (causal) rules.push(tensorValue(greaterEqual(behind, 0), false));
    if (window !== null) rules.push(tensorValue(less(causal ? behind : abs(behind), window), false));
  }
  return rules.reduce<TensorValue | null>((all, rule) => {
    if (all === null) return rule;
    return combine(
      ctx,
      (a, b) => logicalAnd(a, b),
      [all, rule],
      (reason) => {
        throw new Error(`internal error: ${reason}`);
      },
    );
  }, null);
}

/** Whether an argument is given and is not `none`. */
function isGiven(args: Arguments, name: string): boolean {
  const v = args.value(name);
  return v !== null && !(v.kind === 'word' && v.name === 'none');
}

type Axes = Parameters<typeof formatShape>[0];

function misfit(q: Axes, k: Axes, v: Axes): string | null {
  if (q.length !== k.length || q.length !== v.length) return 'they have different numbers of axes';
  if (q.length < 2) return 'each needs a token axis and a channel axis';
  const r = q.length;
  for (let i = 0; i < r - 2; i++) {
    if (!dimsEqual(k[i], v[i])) return `axis ${i} of keys and values differs`;
    if (dimsEqual(q[i], k[i])) continue;
    if (i < r - 3) return `axis ${i} differs`;
    const [heads, shared] = [q[i], k[i]];
    const divides = typeof heads === 'number' && typeof shared === 'number' && heads % shared === 0;
    if (!divides) return `${formatDim(shared)} heads of keys cannot be shared evenly by ${formatDim(heads)} of queries`;
  }
  if (!dimsEqual(q[r - 1], k[r - 1])) return 'queries and keys have different widths';
  if (!dimsEqual(k[r - 2], v[r - 2])) return 'keys and values have different numbers of tokens';
  return null;
}

/** Why `causal` or `window` cannot compare the places of queries and keys; null if they can, or are not given. */
function unordered(args: Arguments, q: Axes, k: Axes): string | null {
  if (!args.boolean('causal') && !isGiven(args, 'window')) return null;
  const isOne = dimsEqual(q[q.length - 2], k[k.length - 2]);
  return isOne ? null : '`causal` and `window` compare the places of queries and keys, which must be as many';
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
    `${what} over one axis or all axes, which are dropped unless \`keep\` is true.`,
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
