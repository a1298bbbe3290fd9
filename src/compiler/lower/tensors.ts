/** Tensor arithmetic of the language: logical shapes without the batch axis, aligned and broadcast before ops are built. */
// Tested by test/golden/modules.test.ts.
import { commonShape, formatDim, formatShape, type Dim, type Shape } from '../ir/dims';
import type { Value } from '../ir/graph';
import { cast } from '../ops/elementwise';
import { broadcastTo, reshape } from '../ops/movement';
import type { Context } from './context';
import { tensorValue, type TensorValue } from './values';

/** The common shape of two logical shapes (without the batch axis), or a sentence that says why there is none. */
export function broadcastShapes(a: Shape, b: Shape): Shape | string {
  const found = commonShape(a, b);
  if (typeof found !== 'number') return found;
  const place = found === -1 ? 'the last axis' : `axis ${found} (from the end)`;
  return `${place} is ${formatDim(a.at(found) ?? 1)} on the left and ${formatDim(b.at(found) ?? 1)} on the right`;
}

/** The tensor as f32 numbers: true and false become 1 and 0, indices keep their value; class labels are unchanged. */
export function asNumbers(t: TensorValue): TensorValue {
  const isNumbers = t.value.dtype === 'f32' || t.classes !== null;
  return isNumbers ? t : tensorValue(cast(t.value, { dtype: 'f32' }), t.batched);
}

/** The IR value with logical rank `rank`: size-1 axes are put between the batch axis and the others. */
export function withRank(ctx: Context, t: TensorValue, rank: number): Value {
  if (!t.batched || t.shape.length === rank) return t.value;
  const ones = Array.from<Dim>({ length: rank - t.shape.length }).fill(1);
  return reshape(t.value, { shape: [ctx.batch, ...ones, ...t.shape] });
}

/** The IR value with a batch axis; repeated for each image if the tensor had none. */
export function withBatch(ctx: Context, t: TensorValue): Value {
  return t.batched ? t.value : broadcastTo(t.value, { shape: [ctx.batch, ...t.shape] });
}

/** All tensors get a batch axis if any of them has one. */
export function sameBatch(ctx: Context, tensors: readonly TensorValue[]): { values: Value[]; batched: boolean } {
  const batched = tensors.some((t) => t.batched);
  return { values: tensors.map((t) => (batched ? withBatch(ctx, t) : t.value)), batched };
}

/** The full IR shape of a logical shape. */
export function irShape(ctx: Context, shape: Shape, batched: boolean): Shape {
  return batched ? [ctx.batch, ...shape] : shape;
}

/** Applies an IR op to two tensors with broadcasting over logical shapes. */
export function combine(
  ctx: Context,
  op: (a: Value, b: Value) => Value,
  [a, b]: readonly [TensorValue, TensorValue],
  onMismatch: (reason: string) => never,
): TensorValue {
  const shape = broadcastShapes(a.shape, b.shape);
  if (typeof shape === 'string') return onMismatch(`${formatShape(a.shape)} against ${formatShape(b.shape)}: ${shape}`);
  return tensorValue(op(withRank(ctx, a, shape.length), withRank(ctx, b, shape.length)), a.batched || b.batched);
}

/** Applies an IR op that keeps the shape. */
export function mapTensor(op: (x: Value) => Value, t: TensorValue): TensorValue {
  return tensorValue(op(t.value), t.batched);
}
