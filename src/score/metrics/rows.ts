/** Rows of features in memory, and the products of all pairs of rows of two sets, from which distances and kernels follow. */
import { setImmediate } from 'node:timers/promises';

/** Features of images, `[count, width]`. */
export interface FeatureRows {
  readonly count: number;
  readonly width: number;
  readonly data: Float32Array | Float64Array;
}

/** Products of rows `first.from … + first.count` of one set with rows of another: `values[i * second.count + j]`. */
export interface ProductBlock {
  readonly values: Float64Array;
  readonly first: Part;
  readonly second: Part;
}

interface Part {
  readonly from: number;
  readonly count: number;
}

export interface PairOptions {
  /** Aborts between blocks. */
  readonly signal?: AbortSignal;
  /** Pairs of blocks done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Rows per block: 256 rows of 2,048 numbers in float64 are 4 MB. */
const blockRows = 256;

/** Features `[count, width]` with their width. */
export function featureRows(data: Float32Array | Float64Array, width: number): FeatureRows {
  return { count: data.length / width, width, data };
}

/** Some rows of a set, in the order of their numbers. */
export function rowsAt({ width, data }: FeatureRows, numbers: ArrayLike<number>): FeatureRows {
  const picked = new Float64Array(numbers.length * width);
  for (let i = 0; i < numbers.length; i++)
    picked.set(data.subarray(numbers[i] * width, (numbers[i] + 1) * width), i * width);
  return { count: numbers.length, width, data: picked };
}

/** |x|² of every row, `[count]`. */
export function squaredNorms({ count, width, data }: FeatureRows): Float64Array {
  const norms = new Float64Array(count);
  for (let i = 0; i < data.length; i++) norms[Math.floor(i / width)] += data[i] * data[i];
  return norms;
}

/** Rows divided by their lengths; rows of zeros stay. */
export function unitRows(rows: FeatureRows): FeatureRows {
  const lengths = squaredNorms(rows).map((x) => Math.sqrt(x) || 1);
  const data = Float64Array.from(rows.data, (x, i) => x / lengths[Math.floor(i / rows.width)]);
  return { ...rows, data };
}

/** The squared distances behind a block of products, in its place. Rounding leaves none below 0. */
export function distancesOf({ values, first, second }: ProductBlock, a: Float64Array, b: Float64Array): Float64Array {
  for (let i = 0; i < first.count; i++) {
    const own = a[first.from + i];
    for (let j = 0, at = i * second.count; j < second.count; j++, at++)
      values[at] = Math.max(0, own + b[second.from + j] - 2 * values[at]);
  }
  return values;
}

/** Gives `use` the products of all pairs of rows, a block at a time, in float64. The block's numbers are overwritten by the next. */
export async function productsOfPairs(
  a: FeatureRows,
  b: FeatureRows,
  use: (block: ProductBlock) => void,
  { signal, onProgress = () => {} }: PairOptions = {},
): Promise<void> {
  const [left, right] = [partsOf(a.count), partsOf(b.count)];
  const values = new Float64Array(Math.min(blockRows, a.count) * Math.min(blockRows, b.count));
  for (const [i, first] of left.entries()) {
    const own = doubles(a, first);
    for (const [j, second] of right.entries()) {
      signal?.throwIfAborted();
      const size = { rows: first.count, columns: second.count, inner: a.width };
      values.fill(0);
      addProducts(values, own, doubles(b, second), size);
      use({ values: values.subarray(0, first.count * second.count), first, second });
      onProgress(i * right.length + j + 1, left.length * right.length);
      // Lets signals and the progress bar have their turn.
      await setImmediate();
    }
  }
}

export interface ProductSize {
  readonly rows: number;
  readonly columns: number;
  /** The length of the rows of both matrices. */
  readonly inner: number;
}

/** into += a · bᵀ for a `[rows, inner]` and b `[columns, inner]`; four rows of each at a time, so that a number is read once for four products. */
export function addProducts(
  into: Float64Array,
  a: Float64Array,
  b: Float64Array,
  { rows, columns, inner }: ProductSize,
): void {
  const row = (m: Float64Array, at: number): Float64Array => m.subarray(at * inner, (at + 1) * inner);
  const [evenRows, evenColumns] = [rows - (rows % 4), columns - (columns % 2)];
  for (let i = 0; i < evenRows; i += 4) {
    const [a0, a1, a2, a3] = [i * inner, (i + 1) * inner, (i + 2) * inner, (i + 3) * inner];
    for (let j = 0; j < evenColumns; j += 2) {
      const [b0, b1] = [j * inner, (j + 1) * inner];
      let [s00, s01, s10, s11, s20, s21, s30, s31] = [0, 0, 0, 0, 0, 0, 0, 0];
      for (let k = 0; k < inner; k++) {
        const [y0, y1] = [b[b0 + k], b[b1 + k]];
        const [x0, x1, x2, x3] = [a[a0 + k], a[a1 + k], a[a2 + k], a[a3 + k]];
        s00 += x0 * y0;
        s01 += x0 * y1;
        s10 += x1 * y0;
        s11 += x1 * y1;
        s20 += x2 * y0;
        s21 += x2 * y1;
        s30 += x3 * y0;
        s31 += x3 * y1;
      }
      const at = i * columns + j;
      into[at] += s00;
      into[at + 1] += s01;
      into[at + columns] += s10;
      into[at + columns + 1] += s11;
      into[at + 2 * columns] += s20;
      into[at + 2 * columns + 1] += s21;
      into[at + 3 * columns] += s30;
      into[at + 3 * columns + 1] += s31;
    }
    for (let j = evenColumns; j < columns; j++)
      for (let r = i; r < i + 4; r++) into[r * columns + j] += dot(row(a, r), row(b, j));
  }
  for (let i = evenRows; i < rows; i++)
    for (let j = 0; j < columns; j++) into[i * columns + j] += dot(row(a, i), row(b, j));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

function partsOf(count: number): Part[] {
  return Array.from({ length: Math.ceil(count / blockRows) }, (_, i) => ({
    from: i * blockRows,
    count: Math.min(blockRows, count - i * blockRows),
  }));
}

function doubles({ width, data }: FeatureRows, { from, count }: Part): Float64Array {
  return Float64Array.from(data.subarray(from * width, (from + count) * width));
}
