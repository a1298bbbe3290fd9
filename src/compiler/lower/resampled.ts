/** Resizes images, each axis by itself. The centre of a pixel is half a pixel from its edges. */
import { divDims, mulDims, type Dim } from '../ir/dims';
import { constant, type Value } from '../ir/graph';
import { asShape } from '../ops/broadcasting';
import { dimension, range } from '../ops/creation';
import { add, cast, div, floor, maximum, mul, sub } from '../ops/elementwise';
import { axisProduct } from '../ops/linalg';
import { broadcastTo } from '../ops/movement';
import { reduceMean } from '../ops/reduction';
import type { Span } from '../source';
import type { Context } from './context';
import { entriesAt } from './indices';
import { tensorValue, type TensorValue } from './values';

/** `nearest`: the pixel with the nearest centre. `linear`: between the two nearest centres. `area`: the mean of all pixels touched. */
export const resamplingKinds = ['nearest', 'linear', 'area'] as const;
export type Resampling = (typeof resamplingKinds)[number];

export interface Resampled {
  readonly axis: number;
  readonly to: Dim;
  readonly by: Resampling;
  /** The place of the call. */
  readonly span: Span;
}

/** The tensor with `to` places along the axis; null for `area` if the parts of an open side are not known. */
export function resampledAlong(ctx: Context, x: TensorValue, { axis, to, by, span }: Resampled): TensorValue | null {
  const from = x.shape[axis];
  const [more, fewer] = [divDims(to, from), divDims(from, to)];
  if (more === 1) return x;
  const at = x.batched ? axis + 1 : axis;
  if (by !== 'linear' && more !== null) return tensorValue(repeated(x.value, at, more), x.batched);
  if (by === 'area' && fewer !== null) {
    const parts = asShape(x.value, x.value.shape.toSpliced(at, 1, to, fewer));
    return tensorValue(reduceMean(parts, { axes: [at + 1] }), x.batched);
  }
  const numbers = by === 'nearest' ? to : mulDims(from, to);
  if (typeof numbers === 'number') ctx.makeNumbers(span, numbers);
  if (by === 'nearest') return entriesAt(ctx, x, tensorValue(nearest(from, to), false), axis);
  if (typeof from === 'number' && typeof to === 'number') {
    const table = constant({ shape: [to, from], data: Float64Array.from(resizingMatrix(from, to, by).flat()) });
    return tensorValue(axisProduct(x.value, table, { axis: at }), x.batched);
  }
  return by === 'linear' ? between(ctx, x, { axis, from, to }) : null;
}

function repeated(x: Value, at: number, times: Dim): Value {
  const { shape } = x;
  const spread = broadcastTo(asShape(x, shape.toSpliced(at + 1, 0, 1)), { shape: shape.toSpliced(at + 1, 0, times) });
  return asShape(spread, shape.with(at, mulDims(shape[at], times)));
}

/** i32 [to]: for each new pixel, the index of the old pixel with the nearest centre; of two equally near, the later one. */
function nearest(from: Dim, to: Dim): Value {
  if (typeof from !== 'number' || typeof to !== 'number') return cast(floor(centres(from, to)), { dtype: 'i32' });
  const places = Float64Array.from({ length: to }, (_, i) => Math.floor(((2 * i + 1) * from) / (2 * to)));
  return constant({ shape: [to], data: places }, 'i32');
}

/** Linear interpolation for sides that are known only when the model runs. */
function between(
  ctx: Context,
  x: TensorValue,
  { axis, from, to }: { readonly axis: number; readonly from: Dim; readonly to: Dim },
): TensorValue {
  const places = maximum(sub(centres(from, to), 0.5), 0);
  const low = floor(places);
  const entries = (at: Value): TensorValue => entriesAt(ctx, x, tensorValue(cast(at, { dtype: 'i32' }), false), axis);
  const [a, b] = [entries(low), entries(add(low, 1))];
  const share = asShape(sub(places, low), [to, ...x.shape.slice(axis + 1).map(() => 1)]);
  return tensorValue(add(a.value, mul(sub(b.value, a.value), share)), a.batched);
}

/** The centres of `to` new pixels, in units of old pixels. */
function centres(from: Dim, to: Dim): Value {
  return mul(add(range({ count: to }), 0.5), div(dimension({ size: from }), dimension({ size: to })));
}

/** `[to][from]`: the share of each old pixel in each new one; every row adds up to 1. */
export function resizingMatrix(from: number, to: number, by: Exclude<Resampling, 'nearest'>): number[][] {
  return Array.from({ length: to }, (_, i) => {
    const row = new Array<number>(from).fill(0);
    if (by === 'area') {
      const [start, end] = [Math.floor((i * from) / to), Math.ceil(((i + 1) * from) / to)];
      return row.fill(1 / (end - start), start, end);
    }
    const at = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const low = Math.min(Math.floor(at), from - 1);
    row[low] += 1 - (at - low);
    row[Math.min(low + 1, from - 1)] += at - low;
    return row;
  });
}
