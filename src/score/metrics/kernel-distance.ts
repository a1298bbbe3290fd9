/** Kernel distance: the unbiased squared maximum mean discrepancy with a polynomial kernel of degree 3, over subsets. KID of InceptionV3's features (arXiv 1801.01401). */
import { epochOrder } from '../../data/shuffle';
import { productsOfPairs, rowsAt, type FeatureRows, type PairOptions } from './rows';

export interface KernelOptions {
  /** 100 by default. */
  readonly subsets?: number;
  /** Images of each set in a subset: 1,000 by default, or as many as the smaller set has. */
  readonly subsetSize?: number;
  readonly seed: number;
}

export interface KernelDistance {
  /** The mean over subsets; about 0 for equal distributions, and slightly negative at times. */
  readonly mean: number;
  /** The standard deviation over subsets, divided by their number. */
  readonly deviation: number;
  /** One if a subset would be all images of both sets. */
  readonly subsets: number;
  readonly subsetSize: number;
}

/** Subsets are drawn without replacement inside each. */
export async function kernelDistance(
  a: FeatureRows,
  b: FeatureRows,
  { subsets: asked = 100, subsetSize = 1000, seed }: KernelOptions,
  { signal, onProgress }: PairOptions = {},
): Promise<KernelDistance> {
  const size = Math.min(subsetSize, a.count, b.count);
  // Subsets of all images would all be the same.
  const subsets = a.count === size && b.count === size ? 1 : asked;
  const values: number[] = [];
  for (let i = 0; i < subsets; i++) {
    const [own, other] = [a, b].map((rows, k) =>
      rowsAt(rows, epochOrder(rows.count, seed, 2 * i + k).subarray(0, size)),
    );
    values.push(await polynomialDiscrepancy(own, other, { signal }));
    onProgress?.(i + 1, subsets);
  }
  const mean = values.reduce((sum, x) => sum + x, 0) / subsets;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / subsets;
  return { mean, deviation: Math.sqrt(variance), subsets, subsetSize: size };
}

/** The unbiased estimate for sets of at least two features: kernels of a feature with itself are left out. */
export async function polynomialDiscrepancy(
  a: FeatureRows,
  b: FeatureRows,
  options: PairOptions = {},
): Promise<number> {
  const [own, other] = [await meanKernel(a, a, true, options), await meanKernel(b, b, true, options)];
  return own + other - 2 * (await meanKernel(a, b, false, options));
}

/** The mean of (x·y / width + 1)³ over pairs. */
async function meanKernel(a: FeatureRows, b: FeatureRows, same: boolean, options: PairOptions): Promise<number> {
  let sum = 0;
  await productsOfPairs(
    a,
    b,
    ({ values, first, second }) => {
      for (let at = 0; at < values.length; at++) {
        const x = values[at] / a.width + 1;
        if (same && first.from + Math.floor(at / second.count) === second.from + (at % second.count)) continue;
        sum += x * x * x;
      }
    },
    options,
  );
  return sum / (a.count * (same ? b.count - 1 : b.count));
}
