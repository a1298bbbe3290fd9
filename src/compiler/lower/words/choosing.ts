/** Words that choose: by a condition, the largest and smallest, in order, and by index. */
import { countRange, sizeRange, type NumberRange } from '../../bind/number-range';
import { boundsOf, dimsEqual, formatDim, formatShape, shapesEqual, type Shape } from '../../ir/dims';
import { scalar, type Value } from '../../ir/graph';
import { dimension, range } from '../../ops/creation';
import { cast, equal, logicalNot, maximum, minimum, neg, select, sub } from '../../ops/elementwise';
import { oneHot } from '../../ops/indexing';
import { reshape } from '../../ops/movement';
import { cumulativeSum, topIndices } from '../../ops/order';
import { reduceMax } from '../../ops/reduction';
import { asTensor } from '../arithmetic';
import type { Context } from '../context';
import { addedAt, asIndices, entriesAt, movedAxis } from '../indices';
import { broadcastShapes, withRank } from '../tensors';
import { describe, numberValue, tensorValue, type TensorValue } from '../values';
import { staticDim } from './initial';
import { axis as axisOf, axisSize, flag, int, takes, tensor, type ParameterSpec } from './parameter';
import { word, type Arguments, type Word } from './word';

const numberOrTensor = (doc: string, numbers: NumberRange, standard: string | null = null): ParameterSpec => ({
  ...takes('number or tensor', doc, standard),
  range: numbers,
});
const indexed = (doc: string): ParameterSpec => ({ ...takes('indices', doc), range: countRange });

export const where = word(
  'where',
  '`a` where a condition is true, `b` elsewhere; all three are broadcast. Only the chosen side gets a gradient.',
  {
    condition: tensor('a comparison, or numbers, where all but 0 count as true'),
    a: numberOrTensor('values where the condition is true', {}),
    b: numberOrTensor('values where it is false', {}),
  },
  (ctx, args) => {
    const all = [conditionOf(args), args.tensor('a'), args.tensor('b')];
    const [condition, a, b] = aligned(ctx, args, all, 'beside');
    return tensorValue(
      select(condition, a, b),
      all.some((t) => t.batched),
    );
  },
);

export const max = extreme('max', 'larger', 'largest', Math.max, {
  ofTwo: (a, b) => maximum(a, b),
  over: (x, axes, keepDims) => reduceMax(x, { axes, keepDims }),
});
export const min = extreme('min', 'smaller', 'smallest', Math.min, {
  ofTwo: (a, b) => minimum(a, b),
  over: (x, axes, keepDims) => neg(reduceMax(neg(x), { axes, keepDims })),
});

export const argmax = word(
  'argmax',
  'Index of the largest element of an axis, counted from 0; the first of equal ones.',
  {
    x: tensor('any tensor with an axis'),
    axis: axisOf('the axis'),
    keep: flag('whether the axis stays, with a size of 1', false),
  },
  (_, args) => {
    const { x, at } = axisOfArgument(args);
    const size = x.value.shape[at];
    const last = typeof size === 'number' ? size - 1 : sub(dimension({ size, dtype: 'i32' }), 1);
    // Counted from the end, so that of equal elements the first wins.
    const places = sub(last, cast(range({ count: size }), { dtype: 'i32' }));
    const column = reshape(places, { shape: x.value.shape.map((d, i) => (i === at ? d : 1)) });
    const hits = equal(x.value, reduceMax(x.value, { axes: [at], keepDims: true }));
    const first = reduceMax(select(hits, column, 0), { axes: [at], keepDims: args.boolean('keep') });
    return tensorValue(sub(last, first), x.batched);
  },
);

export const top_k = word(
  'top_k',
  'The `count` largest elements of an axis, the largest first, and their indices: a tuple of two. Equal elements keep their order; only the chosen elements get a gradient.',
  {
    x: tensor('any tensor with an axis'),
    count: int('how many', sizeRange),
    axis: axisOf('the axis'),
  },
  (ctx, args) => {
    const { x, at } = axisOfArgument(args);
    const count = args.int('count');
    const size = x.value.shape[at];
    if (boundsOf(size).least < count) args.wrongKind('count', `at most the size of the axis, ${formatDim(size)}`);
    const items = largest(ctx, x, at, count);
    return { kind: 'tuple', items };
  },
);

export const sort = word(
  'sort',
  'The elements of an axis in order, the smallest first unless `descending`.',
  {
    x: tensor('any tensor with an axis'),
    axis: axisOf('the axis'),
    descending: flag('whether the largest comes first', false),
  },
  (ctx, args) => {
    const { x, at } = axisOfArgument(args);
    const size = x.value.shape[at];
    if (typeof size !== 'number') return args.wrongKind('x', 'a tensor whose axis has a size that is known');
    if (args.boolean('descending')) return largest(ctx, x, at, size)[0];
    const [ordered] = largest(ctx, tensorValue(neg(x.value), x.batched), at, size);
    return tensorValue(neg(ordered.value), x.batched);
  },
);

export const gather = word(
  'gather',
  'Entries of an axis by index: [k] takes the same entries everywhere, [..., k] has its own indices for each entry of the axes before, and one number takes one entry and drops the axis. An index outside of the axis means its first or last entry.',
  {
    x: tensor('any tensor with an axis'),
    indices: indexed('which entries, counted from 0; numbers are rounded'),
    axis: axisOf('the axis'),
  },
  (ctx, args) => {
    const x = args.tensor('x');
    const axis = args.axis('axis', x.shape.length, formatShape(x.shape));
    const indices = indicesOf(args);
    const lead = x.shape.slice(0, axis);
    const own = indices.shape.length === axis + 1 && lead.every((d, i) => dimsEqual(d, indices.shape[i]));
    if (indices.shape.length > 1 && !own) {
      ctx.fail('shape-mismatch', args.spanOf('indices'), {
        what: '`indices` of gather',
        expected: axis === 0 ? '[k]' : `[k] or ${formatShape(lead).replace(']', ', k]')}`,
        found: formatShape(indices.shape),
        reason: `they choose along axis ${axis} of ${formatShape(x.shape)}`,
      });
    }
    return entriesAt(ctx, x, indices, axis);
  },
);

export const scatter_add = word(
  'scatter_add',
  'Entries of an axis added into `size` entries of zeros by index, the transpose of gather: [..., k, ...] → [..., size, ...]. An index outside of the axis means its first or last entry.',
  {
    x: tensor('any tensor with an axis'),
    indices: indexed('where each entry goes, [k] or for each entry of the axes before [..., k]; numbers are rounded'),
    size: axisSize('entries of the result'),
    axis: axisOf('the axis'),
  },
  (ctx, args) => {
    const x = args.tensor('x');
    const axis = args.axis('axis', x.shape.length, formatShape(x.shape));
    const indices = indicesOf(args);
    const whole = x.shape.slice(0, axis + 1);
    const expected = indices.shape.length > 1 ? whole : whole.slice(-1);
    if (!shapesEqual(indices.shape, expected)) {
      ctx.fail('shape-mismatch', args.spanOf('indices'), {
        what: '`indices` of scatter_add',
        expected: formatShape(expected),
        found: formatShape(indices.shape),
        reason: `each says where an entry of axis ${axis} of ${formatShape(x.shape)} goes`,
      });
    }
    return addedAt(ctx, x, { indices, axis, size: args.dim('size') });
  },
);

export const one_hot = word(
  'one_hot',
  'Rows [..., size] of zeros with a 1 at each index; an index outside of them gives zeros.',
  { indices: indexed('whole numbers counted from 0; others are rounded'), size: axisSize('length of a row') },
  (_, args) => {
    const indices = indicesOf(args);
    return tensorValue(oneHot(indices.value, { depth: staticDim(args, 'size', args.dim('size')) }), indices.batched);
  },
);

export const cumsum = word(
  'cumsum',
  'The sum of each element of an axis and all before it.',
  { x: tensor('any tensor with an axis'), axis: axisOf('the axis') },
  (_, args) => {
    const { x, at } = axisOfArgument(args);
    const last = x.value.shape.length - 1;
    const sums = cumulativeSum(movedAxis(x.value, at, last), { reverse: false });
    return tensorValue(movedAxis(sums, last, at), x.batched);
  },
);

/** The `count` largest along axis `at` of the IR value, and their indices. */
function largest(ctx: Context, x: TensorValue, at: number, count: number): readonly [TensorValue, TensorValue] {
  const last = x.value.shape.length - 1;
  const rows = tensorValue(movedAxis(x.value, at, last), x.batched);
  const indices = tensorValue(topIndices(rows.value, { count }), x.batched);
  const values = entriesAt(ctx, rows, indices, rows.shape.length - 1);
  const back = (t: TensorValue): TensorValue => tensorValue(movedAxis(t.value, last, at), t.batched);
  return [back(values), back(indices)];
}

/** `x`, and the position of `axis` among the axes of its IR value. */
function axisOfArgument(args: Arguments, name = 'x'): { readonly x: TensorValue; readonly at: number } {
  const x = args.tensor(name);
  const axis = args.axis('axis', x.shape.length, formatShape(x.shape));
  return { x, at: x.batched ? axis + 1 : axis };
}

function conditionOf(args: Arguments): TensorValue {
  const v = args.value('condition');
  if (v?.kind === 'boolean') return tensorValue(scalar(Number(v.value), 'bool'), false);
  if (v?.kind === 'tensor' && v.value.dtype === 'bool') return v;
  const numbers = args.tensor('condition');
  return tensorValue(logicalNot(equal(numbers.value, 0)), numbers.batched);
}

function indicesOf(args: Arguments): TensorValue {
  const v = args.value('indices');
  const t = v && asTensor(v);
  return t ? asIndices(t) : args.wrongKind('indices', 'whole numbers');
}

/** The tensors, each reshaped to as many axes as their common shape has. */
function aligned(ctx: Context, args: Arguments, tensors: readonly TensorValue[], operator: string): Value[] {
  let common: Shape = [];
  for (const t of tensors) {
    const shape = broadcastShapes(common, t.shape);
    if (typeof shape === 'string') {
      const left = `a tensor ${formatShape(common)}`;
      return ctx.fail('broadcast-mismatch', args.span, { left, right: describe(t), operator, reason: shape });
    }
    common = shape;
  }
  return tensors.map((t) => withRank(ctx, t, common.length));
}

/** The ops of `max` or `min` on tensors. */
interface Extreme {
  readonly ofTwo: (a: Value, b: Value) => Value;
  readonly over: (x: Value, axes: readonly number[], keepDims: boolean) => Value;
}

// eslint-disable-next-line @typescript-eslint/max-params -- a row of a table: name, words for it, meanings
function extreme(
  name: string,
  comparative: string,
  superlative: string,
  ofNumbers: (a: number, b: number) => number,
  { ofTwo, over }: Extreme,
): Word {
  const doc = `The ${comparative} of two numbers or of two elements; of one tensor, the ${superlative} over an axis, which is dropped unless \`keep\` is true. Equal ones share the gradient.`;
  const parameters = {
    a: numberOrTensor('a number or a tensor', { double: true }),
    b: numberOrTensor('another one, broadcast; without it, the axis of `a` is reduced', { double: true }, 'none'),
    axis: axisOf('the axis, where there is no `b`'),
    keep: flag('whether the axis stays, with a size of 1', false),
  };
  return word(name, doc, parameters, (ctx, args) => {
    const [a, b] = [args.value('a'), args.value('b')];
    if (b === null || (b.kind === 'word' && b.name === 'none')) {
      if (a?.kind !== 'tensor') return args.wrongKind('a', 'a tensor where there is no `b`');
      const { x, at } = axisOfArgument(args, 'a');
      return tensorValue(over(x.value, [at], args.boolean('keep')), x.batched);
    }
    for (const other of ['axis', 'keep']) if (args.has(other)) args.wrongKind(other, 'left out beside `b`');
    if (a?.kind === 'number' && b.kind === 'number') return numberValue(ofNumbers(a.value, b.value));
    const both = [args.tensor('a'), args.tensor('b')];
    const [p, q] = aligned(ctx, args, both, name);
    return tensorValue(
      ofTwo(p, q),
      both.some((t) => t.batched),
    );
  });
}
