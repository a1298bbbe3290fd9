/** The reference's matrix product in float64. */

/** c[n, m] = a[n, k] · b[k, m]; a transposed operand is stored [k, n] or [m, k]. c starts as zeros. */
export function multiply(
  a: Float64Array,
  transposeA: boolean,
  b: Float64Array,
  transposeB: boolean,
  c: Float64Array,
  n: number,
  k: number,
  m: number,
): void {
  const left = transposeA ? transposed(a, k, n) : a;
  const right = transposeB ? transposed(b, m, k) : b;
  // Panels of b of about 256 KB stay in cache while every row of a passes over them.
  const panel = Math.max(4, Math.min(k, Math.floor(32768 / Math.max(1, m)) & ~3));
  for (let k0 = 0; k0 < k; k0 += panel) {
    const k1 = Math.min(k, k0 + panel);
    for (let i = 0; i < n; i++) addRow(left, i * k, right, c, i * m, k0, k1, m);
  }
}

/** c[row] += Σ a[row, p] · b[p], four p at a time, so that c is read and written a quarter as often. */
function addRow(
  a: Float64Array,
  at: number,
  b: Float64Array,
  c: Float64Array,
  out: number,
  k0: number,
  k1: number,
  m: number,
): void {
  let p = k0;
  for (; p + 3 < k1; p += 4) {
    const a0 = a[at + p];
    const a1 = a[at + p + 1];
    const a2 = a[at + p + 2];
    const a3 = a[at + p + 3];
    const b0 = p * m;
    const b1 = b0 + m;
    const b2 = b1 + m;
    const b3 = b2 + m;
    for (let j = 0; j < m; j++) c[out + j] += a0 * b[b0 + j] + a1 * b[b1 + j] + a2 * b[b2 + j] + a3 * b[b3 + j];
  }
  for (; p < k1; p++) {
    const a0 = a[at + p];
    const b0 = p * m;
    for (let j = 0; j < m; j++) c[out + j] += a0 * b[b0 + j];
  }
}

/** [rows, columns] → [columns, rows]. */
function transposed(x: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(x.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = x[i * columns + j];
  return out;
}
