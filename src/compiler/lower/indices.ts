/** Indices: whole numbers that select entries of an axis, and the ops that read and add entries with them. */
// Tested by test/compiler/lower/words/choosing.test.ts.
import { mulDims, sizeOf, type Dim, type Shape } from '../ir/dims';
import type { Value } from '../ir/graph';
import { asShape } from '../ops/broadcasting';
import { dimension, range } from '../ops/creation';
import { add, cast, floor, maximum, minimum, mul } from '../ops/elementwise';
import { gather, scatterAdd } from '../ops/indexing';
import { broadcastTo, transpose } from '../ops/movement';
import type { Context } from './context';
import { irShape, withBatch } from './tensors';
import { tensorValue, type TensorValue } from './values';

/** The tensor as i32: tokens and labels unchanged, other numbers rounded to the nearest whole number, halves up. */
export function asIndices(t: TensorValue): TensorValue {
  if (t.value.dtype === 'i32') return tensorValue(t.value, t.batched);
  const numbers = t.value.dtype === 'bool' ? cast(t.value, { dtype: 'f32' }) : t.value;
  return tensorValue(cast(floor(add(numbers, 0.5)), { dtype: 'i32' }), t.batched);
}

/**
 * Entries of an axis of x [lead…, n, rest…]. Indices are [k], the same for all leading axes, or [lead…, k], others for each; a scalar
 * takes one entry and drops the axis. Indices outside the axis are moved to its first or last entry.
 */
export function entriesAt(ctx: Context, x: TensorValue, indices: TensorValue, axis: number): TensorValue {
  const [lead, rest] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const own = indices.shape.length > 1 || (indices.shape.length === 1 && axis === 0);
  const count = indices.shape.slice(own ? axis : 0);
  const places = own ? lead : lead.map(() => 1);
  const at = asShape(inside(indices.value, x.shape[axis]), irShape(ctx, [...places, ...ones(count)], indices.batched));
  const table = asShape(x.value, [mulDims(sizeOf(irShape(ctx, lead, x.batched)), x.shape[axis]), ...rest]);
  const batched = x.batched || indices.batched;
  const rows = withOffsets(ctx, at, { lead, size: x.shape[axis], batched: x.batched });
  return tensorValue(asShape(gather(table, rows), irShape(ctx, [...lead, ...count, ...rest], batched)), batched);
}

/** The transpose of `entriesAt`: entries of an axis of x [lead…, k, rest…] added into [lead…, size, rest…] of zeros. */
export function addedAt(
  ctx: Context,
  x: TensorValue,
  { indices, axis, size }: { readonly indices: TensorValue; readonly axis: number; readonly size: Dim },
): TensorValue {
  const batched = x.batched || indices.batched;
  const [lead, count, rest] = [x.shape.slice(0, axis), x.shape[axis], x.shape.slice(axis + 1)];
  const places = indices.shape.length > 1 ? lead : lead.map(() => 1);
  const at = asShape(inside(indices.value, size), irShape(ctx, [...places, count], indices.batched));
  const rows = broadcastTo(withOffsets(ctx, at, { lead, size, batched }), {
    shape: irShape(ctx, [...lead, count], batched),
  });
  const updates = batched ? withBatch(ctx, x) : x.value;
  const table = mulDims(sizeOf(irShape(ctx, lead, batched)), size);
  const sums = scatterAdd(rows, updates, { rows: table });
  return tensorValue(asShape(sums, irShape(ctx, [...lead, size, ...rest], batched)), batched);
}

/** Moves the axis at position `from` to position `to`. */
export function movedAxis(x: Value, from: number, to: number): Value {
  if (from === to) return x;
  const order = x.shape.map((_, i) => i).toSpliced(from, 1);
  return transpose(x, { perm: order.toSpliced(to, 0, from) });
}

/** The shape of the indices; a scalar index counts as one entry. */
function ones(count: Shape): Shape {
  return count.length === 0 ? [1] : count;
}

/** Indices limited to 0 … size - 1. */
function inside(indices: Value, size: Dim): Value {
  const last = typeof size === 'number' ? size - 1 : add(dimension({ size, dtype: 'i32' }), -1);
  return minimum(maximum(indices, 0), last);
}

/** Indices into one table, turned into indices into the rows of all tables of `lead` placed one after the other. */
function withOffsets(
  ctx: Context,
  at: Value,
  { lead, size, batched }: { readonly lead: Shape; readonly size: Dim; readonly batched: boolean },
): Value {
  const rows = irShape(ctx, lead, batched);
  if (rows.length === 0) return at;
  const step = typeof size === 'number' ? size : dimension({ size, dtype: 'i32' });
  const offsets = mul(cast(range({ count: sizeOf(rows) }), { dtype: 'i32' }), step);
  return add(at, asShape(offsets, [...rows, 1]));
}
