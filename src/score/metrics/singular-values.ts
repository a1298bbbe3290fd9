/** The singular values of a matrix and a root of a covariance, in float64. */

/**
 * The singular values of a matrix `[rows, columns]`, in no order; the matrix is overwritten. Householder reflections bring it to two diagonals (Golub and
 * Kahan 1965). Its singular values are the positive eigenvalues of a symmetric matrix of twice the size whose diagonal is 0. Each is accurate to some 1e-15 of the largest.
 */
export function singularValues(matrix: Float64Array, rows: number, columns: number): Float64Array {
  if (rows < columns) return singularValues(transposed(matrix, rows, columns), columns, rows);
  const { diagonal, above } = bidiagonal(matrix, rows, columns);
  const side = new Float64Array(2 * columns);
  for (let i = 0; i < columns; i++) {
    side[2 * i] = diagonal[i];
    if (i + 1 < columns) side[2 * i + 1] = above[i];
  }
  // Eigenvalues come in pairs σ and -σ.
  const all = tridiagonalEigenvalues(new Float64Array(2 * columns), side).sort();
  return all.subarray(columns).map((x) => Math.max(0, x));
}

/**
 * Rows whose products with themselves are a covariance: rootᵀ · root = covariance, `[rank, width]`, by Cholesky's factorisation with the
 * largest pivot first. It stops where what is left is rounding. The covariance `[width, width]` is not changed.
 */
export function rootOf(
  covariance: Float64Array,
  width: number,
): { readonly rows: number; readonly data: Float64Array } {
  const left = Float64Array.from({ length: width }, (_, i) => covariance[i * width + i]);
  const smallest = Math.max(0, ...left) * width * Number.EPSILON;
  const root: Float64Array[] = [];
  while (root.length < width) {
    let pivot = 0;
    for (let i = 1; i < width; i++) if (left[i] > left[pivot]) pivot = i;
    if (!(left[pivot] > smallest)) break;
    const row = covariance.slice(pivot * width, (pivot + 1) * width);
    for (const before of root) {
      const share = before[pivot];
      if (share === 0) continue;
      for (let j = 0; j < width; j++) row[j] -= share * before[j];
    }
    const scale = 1 / Math.sqrt(left[pivot]);
    for (let j = 0; j < width; j++) {
      // Pivots that are done have no more to give.
      row[j] = left[j] === 0 ? 0 : row[j] * scale;
      left[j] = Math.max(0, left[j] - row[j] * row[j]);
    }
    left[pivot] = 0;
    root.push(row);
  }
  const data = new Float64Array(root.length * width);
  root.forEach((row, i) => data.set(row, i * width));
  return { rows: root.length, data };
}

/** The diagonal and the one above it of a matrix with the same singular values; at least as many rows as columns. */
function bidiagonal(
  m: Float64Array,
  rows: number,
  columns: number,
): { readonly diagonal: Float64Array; readonly above: Float64Array } {
  const [diagonal, above] = [new Float64Array(columns), new Float64Array(columns)];
  const sums = new Float64Array(columns);
  for (let k = 0; k < columns; k++) {
    diagonal[k] = -reflectColumn(m, { rows, columns, k }, sums);
    if (k + 1 < columns) above[k] = -reflectRow(m, { rows, columns, k });
  }
  return { diagonal, above };
}

interface Place {
  readonly rows: number;
  readonly columns: number;
  readonly k: number;
}

/** Makes column k zero below the diagonal by a reflection of rows k and below; gives the length of what was there, with the sign of its first number. */
function reflectColumn(m: Float64Array, { rows, columns, k }: Place, sums: Float64Array): number {
  const v = Float64Array.from({ length: rows - k }, (_, i) => m[(k + i) * columns + k]);
  const { length, scale } = reflector(v);
  if (scale === 0) return length;
  sums.fill(0);
  for (let i = k; i < rows; i++) {
    const own = v[i - k];
    for (let j = k + 1, at = i * columns + k + 1; j < columns; j++, at++) sums[j] += own * m[at];
  }
  for (let i = k; i < rows; i++) {
    const own = v[i - k] * scale;
    for (let j = k + 1, at = i * columns + k + 1; j < columns; j++, at++) m[at] -= own * sums[j];
  }
  return length;
}

/** Makes row k zero behind the place above the diagonal, by a reflection of the columns after k. */
function reflectRow(m: Float64Array, { rows, columns, k }: Place): number {
  const v = m.slice(k * columns + k + 1, (k + 1) * columns);
  const { length, scale } = reflector(v);
  if (scale === 0) return length;
  for (let i = k + 1; i < rows; i++) {
    const at = i * columns + k + 1;
    let sum = 0;
    for (let j = 0; j < v.length; j++) sum += v[j] * m[at + j];
    sum *= scale;
    for (let j = 0; j < v.length; j++) m[at + j] -= sum * v[j];
  }
  return length;
}

/** Turns x into v, where x - scale · v · (v · x) is -length in front and 0 elsewhere. */
function reflector(v: Float64Array): { readonly length: number; readonly scale: number } {
  const length = Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
  if (length === 0) return { length, scale: 0 };
  const signed = v[0] < 0 ? -length : length;
  v[0] += signed;
  return { length: signed, scale: 1 / (signed * v[0]) };
}

/** Eigenvalues of a symmetric matrix of three diagonals by implicit QL steps with a shift; `side[i]` is between i and i + 1. Both are overwritten. */
function tridiagonalEigenvalues(diagonal: Float64Array, side: Float64Array): Float64Array {
  const n = diagonal.length;
  // What is this small beside the whole matrix is rounding.
  const smallest = Number.EPSILON * side.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  side[n - 1] = 0;
  for (let l = 0; l < n; l++) {
    for (let turn = 0; ; turn++) {
      let m = l;
      while (m < n - 1 && Math.abs(side[m]) > smallest) m++;
      if (m === l) break;
      if (turn === 100) throw new Error('the eigenvalues of a matrix were not found in 100 steps');
      qlStep(diagonal, side, l, m);
    }
  }
  return diagonal;
}

/** One implicit QL step on rows l to m. */
function qlStep(d: Float64Array, e: Float64Array, l: number, m: number): void {
  const half = (d[l + 1] - d[l]) / (2 * e[l]);
  let g = d[m] - d[l] + e[l] / (half + Math.sign(half || 1) * Math.sqrt(half * half + 1));
  let [s, c, p] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const [f, b] = [s * e[i], c * e[i]];
    const length = Math.sqrt(f * f + g * g);
    e[i + 1] = length;
    if (length === 0) {
      d[i + 1] -= p;
      e[m] = 0;
      return;
    }
    [s, c] = [f / length, g / length];
    g = d[i + 1] - p;
    const r = (d[i] - g) * s + 2 * c * b;
    p = s * r;
    d[i + 1] = g + p;
    g = c * r - b;
  }
  d[l] -= p;
  e[l] = g;
  e[m] = 0;
}

function transposed(m: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(m.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = m[i * columns + j];
  return out;
}
