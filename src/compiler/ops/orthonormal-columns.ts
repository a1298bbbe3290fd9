/** Orthonormal columns by Householder's reflections (Golub and Van Loan, Matrix Computations, 5.2), in double precision. */
// Tested by test/ops/conformance.test.ts.

/**
 * Replaces each `n` by `m` matrix in `data` (n ≥ m, row by row) by its Q, with a diagonal of R that is not negative. Where a column
 * depends on those before it, Q has some direction that is orthogonal to the others.
 */
export function orthonormalColumns(data: Float64Array, n: number, m: number): Float64Array {
  for (let at = 0; at < data.length; at += n * m) replaceByQ(data.subarray(at, at + n * m), n, m);
  return data;
}

function replaceByQ(a: Float64Array, n: number, m: number): void {
  const factors = new Float64Array(m);
  const signs = new Float64Array(m).fill(1);
  // The reflection I - factor · v · vᵀ brings column j onto the diagonal. v[j] is 1, and the rest of v replaces the column below it.
  for (let j = 0; j < m; j++) {
    let squares = 0;
    for (let i = j; i < n; i++) squares += a[i * m + j] ** 2;
    if (squares === 0) continue;
    const first = a[j * m + j];
    const diagonal = first < 0 ? Math.sqrt(squares) : -Math.sqrt(squares);
    signs[j] = Math.sign(diagonal);
    factors[j] = (diagonal - first) / diagonal;
    for (let i = j + 1; i < n; i++) a[i * m + j] /= first - diagonal;
    reflect(a, j, factors[j], [n, m]);
  }
  // The product of the reflections, from the last to the first, in the same place.
  for (let j = m - 1; j >= 0; j--) {
    reflect(a, j, factors[j], [n, m]);
    for (let i = 0; i < j; i++) a[i * m + j] = 0;
    a[j * m + j] = 1 - factors[j];
    for (let i = j + 1; i < n; i++) a[i * m + j] *= -factors[j];
  }
  for (let i = 0; i < n * m; i++) a[i] *= signs[i % m];
}

/** Applies the reflection that column j holds to the columns after it. */
function reflect(a: Float64Array, j: number, factor: number, [n, m]: readonly [number, number]): void {
  const along = a.slice(j * m, (j + 1) * m);
  for (let i = j + 1; i < n; i++) {
    const v = a[i * m + j];
    for (let k = j + 1; k < m; k++) along[k] += v * a[i * m + k];
  }
  for (let i = j; i < n; i++) {
    const v = factor * (i === j ? 1 : a[i * m + j]);
    for (let k = j + 1; k < m; k++) a[i * m + k] -= v * along[k];
  }
}
