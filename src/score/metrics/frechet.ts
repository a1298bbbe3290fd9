/** The Fréchet distance between two Gaussians, in float64: FID of pooled features by InceptionV3 (arXiv 1706.08500), sFID of spatial ones (2103.03841). */
import { rootOfGaussian, type Gaussian } from './gaussian';
import { addProducts } from './rows';
import { singularValues } from './singular-values';

/** |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2·√(Σ₁Σ₂)): 0 for equal Gaussians, without an upper limit. */
export function frechetDistance(a: Gaussian, b: Gaussian): number {
  const between = a.mean.reduce((sum, x, i) => sum + (x - b.mean[i]) ** 2, 0);
  return Math.max(0, between + trace(a) + trace(b) - 2 * traceOfRoot(a, b));
}

/** tr √(AᵀA·BᵀB) is the sum of the singular values of A·Bᵀ, which has at most as many rows as there are features. */
function traceOfRoot(a: Gaussian, b: Gaussian): number {
  const width = a.mean.length;
  const [first, second] = [a, b].map(rootOfGaussian);
  const product = new Float64Array(first.rows * second.rows);
  addProducts(product, first.data, second.data, { rows: first.rows, columns: second.rows, inner: width });
  return singularValues(product, first.rows, second.rows).reduce((sum, x) => sum + x, 0);
}

function trace({ mean, covariance }: Gaussian): number {
  let sum = 0;
  for (let i = 0; i < mean.length; i++) sum += covariance[i * mean.length + i];
  return sum;
}
