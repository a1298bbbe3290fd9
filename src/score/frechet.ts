/** The Fréchet distance between two sets of features, computed in float64 on a Gaussian for each set. */
import { createHash } from 'node:crypto';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Mean and covariance of features. */
export interface Gaussian {
  /** The number of features it is computed from. */
  readonly count: number;
  /** `[width]` */
  readonly mean: Float64Array;
  /** `[rows, width]` with at most `count` and at most `width` rows: rootᵀ · root is the covariance. */
  readonly root: Matrix;
}

/** The Gaussian of features `[count, width]`; its covariance is divided by count − 1. */
export function gaussianOf(features: ArrayLike<number>, width: number): Gaussian {
  const count = features.length / width;
  if (!Number.isInteger(count) || count < 2) throw new Error(`${count} sets of ${width} features have no covariance`);
  const mean = new Float64Array(width);
  for (let i = 0; i < features.length; i++) mean[i % width] += features[i] / count;
  const scale = 1 / Math.sqrt(count - 1);
  const root = new Matrix(count, width);
  for (let i = 0; i < features.length; i++) {
    root.set(Math.floor(i / width), i % width, (features[i] - mean[i % width]) * scale);
  }
  return { count, mean, root: count > width ? shorter(root) : root };
}

/** |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2·√(Σ₁Σ₂)). */
export function frechetDistance(a: Gaussian, b: Gaussian): number {
  const between = a.mean.reduce((sum, x, i) => sum + (x - b.mean[i]) ** 2, 0);
  return Math.max(0, between + squares(a.root) + squares(b.root) - 2 * traceOfRoot(a.root, b.root));
}

/** A short digest of a Gaussian: 16 hexadecimal digits of a hash over mean and covariance. */
export function gaussianDigest({ mean, root }: Gaussian): string {
  const hash = createHash('sha256').update(new Uint8Array(mean.buffer));
  for (const row of root.to2DArray()) hash.update(new Uint8Array(Float64Array.from(row).buffer));
  return hash.digest('hex').slice(0, 16);
}

/**
 * tr √(AᵀA·BᵀB) is the sum of the singular values of A·Bᵀ, which has at most as many rows as there are features. They are the
 * square roots of the eigenvalues of the smaller of its two Gram matrices, accurate to about 1e-8 of the largest.
 */
function traceOfRoot(a: Matrix, b: Matrix): number {
  const [few, many] = a.rows <= b.rows ? [a, b] : [b, a];
  const product = few.mmul(many.transpose());
  const { realEigenvalues } = new EigenvalueDecomposition(product.mmul(product.transpose()), { assumeSymmetric: true });
  // Rounding makes some eigenvalues that should be 0 slightly negative.
  return realEigenvalues.reduce((sum, x) => sum + Math.sqrt(Math.max(0, x)), 0);
}

/** A matrix `[width, width]` whose product with itself equals that of a matrix with more rows. */
function shorter(root: Matrix): Matrix {
  const covariance = root.transpose().mmul(root);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const scales = realEigenvalues.map((x) => Math.sqrt(Math.max(0, x)));
  return eigenvectorMatrix.transpose().mulColumnVector(scales);
}

function squares(m: Matrix): number {
  return m.norm('frobenius') ** 2;
}
