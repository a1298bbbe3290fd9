/** The matrix product of the reference evaluator, in float64. */
// Tested by test/ops/conformance.test.ts.

/** A matrix, stored row by row, or column by column if it is transposed. */
export interface Matrix {
  readonly data: Float64Array;
  readonly transposed: boolean;
}

/** c[n, m] = a[n, k] · b[k, m]; c starts as zeros. */
export function multiply(a: Matrix, b: Matrix, c: Float64Array, [n, k, m]: readonly [number, number, number]): void {
  const left = rows(a, n, k);
  const right = rows(b, k, m);
  // Panels of b of about 256 KB stay in cache while every row of a passes over them.
  const panel = Math.max(4, Math.min(k, Math.floor(32768 / Math.max(1, m)) & ~3));
  for (let k0 = 0; k0 < k; k0 += panel) {
    const k1 = Math.min(k, k0 + panel);
    for (let i = 0; i < n; i++) {
      const [at, out] = [i * k, i * m];
      let p = k0;
      // Four rows of b at a time, so that c is read and written a quarter as often.
      for (; p + 3 < k1; p += 4) {
        const a0 = left[at + p];
        const a1 = left[at + p + 1];
        const a2 = left[at + p + 2];
        const a3 = left[at + p + 3];
        const b0 = p * m;
        const b1 = b0 + m;
        const b2 = b1 + m;
        const b3 = b2 + m;
        for (let j = 0; j < m; j++)
          c[out + j] += a0 * right[b0 + j] + a1 * right[b1 + j] + a2 * right[b2 + j] + a3 * right[b3 + j];
      }
      for (; p < k1; p++) for (let j = 0; j < m; j++) c[out + j] += left[at + p] * right[p * m + j];
    }
  }
}

/** The elements row by row. */
function rows({ data, transposed }: Matrix, n: number, m: number): Float64Array {
  if (!transposed) return data;
  const out = new Float64Array(data.length);
  for (let j = 0; j < m; j++) for (let i = 0; i < n; i++) out[i * m + j] = data[j * n + i];
  return out;
}
