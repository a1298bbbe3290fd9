/** Loops over dense float64 arrays with strides, used by the reference evaluation of the ops. */
// Tested by test/ops/conformance.test.ts.
import { staticSize } from '../ir/dims';
import type { NdArray } from '../ir/graph';

type Dims = readonly number[];

/** Row-major strides, in elements. */
export function stridesOf(shape: Dims): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

/** Strides that read a tensor of shape `from` as if it were broadcast to `to`: 0 along repeated axes. */
export function broadcastStrides(from: Dims, to: Dims): number[] {
  const strides = stridesOf(from);
  const lead = to.length - from.length;
  return to.map((_, i) => (i < lead || from[i - lead] === 1 ? 0 : strides[i - lead]));
}

/** Called once per row with the offset of each operand; the row has `length` elements, `steps[k]` apart in operand k. */
type Row = (offsets: readonly number[], length: number, steps: readonly number[]) => void;

/**
 * Walks several operands over one index space, row by row. Neighbouring axes that are contiguous in every operand are
 * merged first, so that rows are as long as possible.
 */
export function walk(shape: Dims, strides: readonly Dims[], starts: Dims, row: Row): void {
  const merged = mergeAxes(shape, strides);
  const outer = merged.shape.slice(0, -1);
  const length = merged.shape[merged.shape.length - 1];
  const steps = merged.strides.map((s) => s[s.length - 1]);
  const rows = outer.reduce((a, b) => a * b, 1);
  if (length === 0) return;
  const offsets = [...starts];
  const index = new Array<number>(outer.length).fill(0);
  for (let r = 0; r < rows; r++) {
    row(offsets, length, steps);
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      index[axis]++;
      for (let k = 0; k < offsets.length; k++) offsets[k] += merged.strides[k][axis];
      if (index[axis] < outer[axis]) break;
      for (let k = 0; k < offsets.length; k++) offsets[k] -= merged.strides[k][axis] * outer[axis];
      index[axis] = 0;
    }
  }
}

/** Strides and start of a tensor's elements in memory: element i of axis a is `strides[a] · i` after `at`. */
export interface Layout {
  readonly data: Float64Array;
  readonly at: number;
  readonly strides: Dims;
}

/** Copies `shape` elements from one layout to another. */
export function copy(shape: Dims, from: Layout, to: Layout): void {
  walk(shape, [from.strides, to.strides], [from.at, to.at], ([p, q], length, [step, toStep]) => {
    if (step === 1 && toStep === 1 && length > 16) to.data.set(from.data.subarray(p, p + length), q);
    else for (let i = 0; i < length; i++) to.data[q + i * toStep] = from.data[p + i * step];
  });
}

/** The row-major layout of a dense tensor. */
export function dense({ shape, data }: NdArray): Layout {
  return { data, at: 0, strides: stridesOf(shape) };
}

/** The elements of `x` in the order of another layout, as a dense array of `shape`. */
export function gathered(x: NdArray, shape: Dims, strides: Dims, at = 0): NdArray {
  const made = { shape, data: new Float64Array(staticSize(shape)) };
  copy(shape, { data: x.data, at, strides }, dense(made));
  return made;
}

export function mapUnary(x: NdArray, f: (x: number) => number): NdArray {
  const data = new Float64Array(x.data.length);
  for (let i = 0; i < data.length; i++) data[i] = f(x.data[i]);
  return { shape: x.shape, data };
}

/** f over two operands broadcast to `shape`. */
export function mapBinary(a: NdArray, b: NdArray, shape: Dims, f: (a: number, b: number) => number): NdArray {
  const data = new Float64Array(staticSize(shape));
  const [x, y] = [a.data, b.data];
  const strides = [broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape), stridesOf(shape)];
  walk(shape, strides, [0, 0, 0], ([p, q, o], length, [stepA, stepB, step]) => {
    for (let i = 0; i < length; i++) data[o + i * step] = f(x[p + i * stepA], y[q + i * stepB]);
  });
  return { shape, data };
}

/** A way to reduce many numbers to one. */
export interface Fold {
  readonly from: number;
  readonly by: (sum: number, x: number) => number;
}

/** Folds `axes` of `x`; `shape` is the result's, with or without the folded axes. */
export function fold(x: NdArray, axes: Dims, shape: Dims, { from, by: f }: Fold): NdArray {
  const data = new Float64Array(staticSize(shape)).fill(from);
  const kept = x.shape.map((d, i) => (axes.includes(i) ? 1 : d));
  const strides = [stridesOf(x.shape), broadcastStrides(kept, x.shape)];
  walk(x.shape, strides, [0, 0], ([p, o], length, [step, outStep]) => {
    if (outStep === 0) {
      let sum = data[o];
      for (let i = 0; i < length; i++) sum = f(sum, x.data[p + i * step]);
      data[o] = sum;
    } else for (let i = 0; i < length; i++) data[o + i * outStep] = f(data[o + i * outStep], x.data[p + i * step]);
  });
  return { shape, data };
}

/** Drops axes of size 1 and merges axes i, i+1 if each operand's stride i is its stride i+1 times the size of i+1. */
function mergeAxes(shape: Dims, strides: readonly Dims[]): { shape: number[]; strides: number[][] } {
  const out: { shape: number[]; strides: number[][] } = { shape: [], strides: strides.map(() => []) };
  for (let i = 0; i < shape.length; i++) {
    if (shape[i] === 1) continue;
    const last = out.shape.length - 1;
    if (last >= 0 && strides.every((s, k) => out.strides[k][last] === s[i] * shape[i])) {
      out.shape[last] *= shape[i];
      strides.forEach((s, k) => (out.strides[k][last] = s[i]));
    } else {
      out.shape.push(shape[i]);
      strides.forEach((s, k) => out.strides[k].push(s[i]));
    }
  }
  if (out.shape.length === 0) {
    out.shape.push(1);
    out.strides.forEach((s) => s.push(0));
  }
  return out;
}
