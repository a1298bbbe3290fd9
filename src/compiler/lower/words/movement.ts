/** Words that move, cut and join axes. The batch axis is never counted. */
// Tested by test/golden/modules.test.ts.
import { addDims, dimsEqual, formatDim, formatShape, mulDims, subDims, type Dim, type Shape } from '../../ir/dims';
import type { Value } from '../../ir/graph';
import type { Span } from '../../source';
import {
  broadcastTo,
  concat as concatOp,
  pad as padOp,
  reshape,
  slice as sliceOp,
  transpose,
} from '../../ops/movement';
import { sizeRange } from '../../bind/number-range';
import { rearrangePlan } from '../rearrange';
import { divideDims } from '../open-size';
import { asTensor } from '../arithmetic';
import { asNumbers, irShape, sameBatch } from '../tensors';
import { sizeOf } from '../numbers';
import { describe, tensorValue, type Evaluated, type TensorValue } from '../values';
import { axis as axisOf, count, int, takes, tensor } from './parameter';
import { word, type Arguments } from './word';

export const rearrange = word(
  'rearrange',
  'Splits, reorders and merges axes by an einops pattern; sizes of new axes are given by name: `rearrange(x, "n (h e) -> h n e", h: heads)`.',
  { x: tensor('any tensor'), pattern: takes('String', 'axes before and after an arrow') },
  (ctx, args) => {
    const x = args.tensor('x');
    const pattern = args.string('pattern');
    const plan = rearrangePlan(pattern, x.shape, namedSizes(args), (a, b) => divideDims(ctx, a, b));
    if (typeof plan === 'object' && 'malformed' in plan) {
      return ctx.fail('rearrange-pattern', args.spanOf('pattern'), { pattern, reason: plan.malformed });
    }
    if ('mismatch' in plan) {
      return ctx.fail('rearrange-shape', args.span, { pattern, shape: formatShape(x.shape), reason: plan.mismatch });
    }
    const shift = x.batched ? 1 : 0;
    const split = reshape(x.value, { shape: irShape(ctx, plan.split, x.batched) });
    const perm = [...(x.batched ? [0] : []), ...plan.perm.map((p) => p + shift)];
    const moved = perm.every((p, i) => p === i) ? split : transpose(split, { perm });
    return tensorValue(reshape(moved, { shape: irShape(ctx, plan.merged, x.batched) }), x.batched);
  },
  { openNames: true },
);

function namedSizes(args: Arguments): Map<string, Dim> {
  const sizes = new Map<string, Dim>();
  for (const { name, value, span } of args.extra) {
    if (name) sizes.set(name.name, sizeOf(args.ctx, value, span, `The axis ${name.name}`));
  }
  return sizes;
}

export const split = word(
  'split',
  'Cuts an axis into equal parts: a tuple.',
  {
    x: tensor('any tensor with an axis'),
    parts: int('how many, a number that divides the axis', sizeRange),
    axis: axisOf('the axis'),
  },
  (ctx, args) => {
    const x = args.tensor('x');
    const parts = args.int('parts');
    const axis = args.axis('axis', x.shape.length, formatShape(x.shape));
    const size = divideDims(ctx, x.shape[axis], parts);
    if (size === null) return ctx.fail('split-uneven', args.span, { size: formatShape(x.shape), parts, axis });
    ctx.step(args.span, parts);
    const items = Array.from({ length: parts }, (_, i) => part(x, axis, i, size));
    return { kind: 'tuple', items };
  },
);

function part(x: TensorValue, axis: number, index: number, size: Dim): TensorValue {
  const shape = x.value.shape;
  const at = x.batched ? axis + 1 : axis;
  const start = shape.map((_, i) => (i === at ? mulDims(index, size) : 0));
  return tensorValue(sliceOp(x.value, { start, size: shape.map((d, i) => (i === at ? size : d)) }), x.batched);
}

export const slice = word(
  'slice',
  '`count` entries of an axis, starting at index `from`; both may be symbolic.',
  {
    x: tensor('any tensor with an axis'),
    from: count('the first entry, counted from 0'),
    count: count('how many', sizeRange),
    axis: axisOf('the axis'),
  },
  (ctx, args) => {
    const x = args.tensor('x');
    const axis = args.axis('axis', x.shape.length, formatShape(x.shape));
    const [from, count] = [args.size('from'), args.size('count')];
    const left = subDims(subDims(x.shape[axis], from), count);
    if (typeof left === 'number' && left < 0) {
      const range = `${formatDim(from)} to ${formatDim(addDims(from, count))}`;
      return ctx.fail('slice-range', args.span, { range, shape: formatShape(x.shape), axis });
    }
    const shape = x.value.shape;
    const at = x.batched ? axis + 1 : axis;
    const start = shape.map((_, i) => (i === at ? from : 0));
    return tensorValue(sliceOp(x.value, { start, size: shape.map((d, i) => (i === at ? count : d)) }), x.batched);
  },
);

export const pad = word(
  'pad',
  'Adds zeros before and after an axis; `after` equals `before` if it is left out.',
  {
    x: tensor('any tensor with an axis'),
    before: count('how many before'),
    after: { ...count('how many after'), default: 'before' },
    axis: axisOf('the axis'),
  },
  (_, args) => {
    const x = args.tensor('x');
    const axis = args.axis('axis', x.shape.length, formatShape(x.shape));
    const before = args.size('before');
    const after = args.has('after') ? args.size('after') : before;
    const at = x.batched ? axis + 1 : axis;
    const none = x.value.shape.map((): Dim => 0);
    return tensorValue(padOp(x.value, { before: none.with(at, before), after: none.with(at, after) }), x.batched);
  },
);

export const concat = word(
  'concat',
  'Joins tensors along an axis; the others must be equal.',
  { axis: axisOf('the axis') },
  (ctx, args) => {
    const tensors = restTensors(args);
    const first = tensors[0];
    const axis = args.axis('axis', first.shape.length, formatShape(first.shape));
    for (const t of tensors) {
      const fits =
        t.shape.length === first.shape.length && t.shape.every((d, i) => i === axis || dimsEqual(d, first.shape[i]));
      if (!fits)
        ctx.fail('concat-mismatch', args.span, { first: formatShape(first.shape), other: formatShape(t.shape), axis });
    }
    const { values, batched } = sameBatch(ctx, tensors);
    return tensorValue(concatOp(values, { axis: batched ? axis + 1 : axis }), batched);
  },
  { rest: 'tensors' },
);

export const stack = word(
  'stack',
  'Joins tensors of one shape along a new last axis; a number is a tensor without axes.',
  {},
  (ctx, args) => {
    const tensors = restTensors(args, asTensor);
    const first = formatShape(tensors[0].shape);
    const other = tensors.find((t) => formatShape(t.shape) !== first);
    if (other)
      ctx.fail('concat-mismatch', args.span, { first, other: formatShape(other.shape), axis: tensors[0].shape.length });
    const { values, batched } = sameBatch(ctx, tensors);
    const tails = values.map((v) => reshape(v, { shape: [...v.shape, 1] }));
    return tensorValue(concatOp(tails, { axis: tails[0].shape.length - 1 }), batched);
  },
  { rest: 'tensors' },
);

/** The arguments, each read by `read`, which gives null for what is no tensor. */
function restTensors(
  args: Arguments,
  read: (v: Evaluated) => TensorValue | null = (v) => (v.kind === 'tensor' ? v : null),
): TensorValue[] {
  const items = args.rest.flatMap((a) =>
    a.value.kind === 'tuple' || a.value.kind === 'list' ? a.value.items.map((value) => ({ value, span: a.span })) : [a],
  );
  const wrong = (value: Evaluated, span: Span): never =>
    args.ctx.fail('wrong-kind', span, {
      what: `An argument of ${args.callee}`,
      expected: 'a tensor',
      found: describe(value),
    });
  if (items.length === 0) wrong(args.rest[0].value, args.rest[0].span);
  return items.map(({ value, span }) => {
    const t = read(value);
    return t?.classes === null ? asNumbers(t) : wrong(value, span);
  });
}

export const broadcast = word(
  'broadcast',
  'Repeats axes of size 1, and adds leading axes, up to a shape.',
  { x: tensor('any tensor'), shape: takes('shape', 'a list of sizes such as [n, d]') },
  (ctx, args) => {
    const x = args.tensor('x');
    const shape = shapeArgument(args, 'shape');
    const fits =
      x.shape.length <= shape.length &&
      x.shape.every((d, i) => d === 1 || dimsEqual(d, shape[shape.length - x.shape.length + i]));
    if (!fits) {
      return ctx.fail('broadcast-mismatch', args.span, {
        left: describe(x),
        operator: 'broadcast to',
        right: formatShape(shape),
        reason: 'an axis that is not 1 differs',
      });
    }
    const ones = Array.from<Dim>({ length: shape.length - x.shape.length }).fill(1);
    const ranked: Value = reshape(x.value, { shape: irShape(ctx, [...ones, ...x.shape], x.batched) });
    return tensorValue(broadcastTo(ranked, { shape: irShape(ctx, shape, x.batched) }), x.batched);
  },
);

/** A list of sizes of axes. */
export function shapeArgument(args: Arguments, name: string): Shape {
  const v: Evaluated | null = args.value(name);
  if (v?.kind !== 'list') return args.wrongKind(name, 'a list of sizes such as [n, d]');
  return v.items.map((item) => sizeOf(args.ctx, item, args.spanOf(name), `A size in \`${name}\` of ${args.callee}`));
}

/** The number of elements in a shape, for the tokens of pathways. */
export function elements(shape: Shape): Dim {
  return shape.reduce<Dim>(mulDims, 1);
}
