/** The squared maximum mean discrepancy with a Gaussian kernel on features of length 1: CMMD of CLIP's features (arXiv 2401.09603). */
import { distancesOf, productsOfPairs, squaredNorms, unitRows, type FeatureRows, type PairOptions } from './rows';

/** The width of the kernel and the factor of the result, as in the paper. */
const [sigma, factor] = [10, 1000];

/** 1000 times the discrepancy, all pairs counted, a feature with itself as well: 0 for equal sets, at most 2000. */
export async function gaussianDiscrepancy(
  a: FeatureRows,
  b: FeatureRows,
  { signal, onProgress = () => {} }: PairOptions = {},
): Promise<number> {
  const [own, other] = [unitRows(a), unitRows(b)];
  const part = (turn: number): PairOptions => ({
    signal,
    onProgress: (done, total) => onProgress(turn * total + done, 3 * total),
  });
  const inside = (await meanKernel(own, own, part(0))) + (await meanKernel(other, other, part(1)));
  return factor * (inside - 2 * (await meanKernel(own, other, part(2))));
}

/**
 * The mean of exp(−|x − y|² / 2σ²) − 1 over pairs. The ones cancel, and without them the small differences between kernels near 1 are not rounded away.
 */
async function meanKernel(a: FeatureRows, b: FeatureRows, options: PairOptions): Promise<number> {
  const [first, second] = [squaredNorms(a), squaredNorms(b)];
  let sum = 0;
  await productsOfPairs(
    a,
    b,
    (block) => {
      for (const distance of distancesOf(block, first, second)) sum += Math.expm1(-distance / (2 * sigma * sigma));
    },
    options,
  );
  return sum / (a.count * b.count);
}
