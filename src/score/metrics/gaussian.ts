/** Mean and covariance of features, computed in float64 from parts that need not be in memory together. */
import { createHash } from 'node:crypto';
import { addProducts, type FeatureRows } from './rows';
import { rootOf } from './singular-values';

/** Mean and covariance of features. */
export interface Gaussian {
  /** `[width]` */
  readonly mean: Float64Array;
  /** `[width, width]`, the sum of products divided by count − 1. */
  readonly covariance: Float64Array;
  /** The rows around their mean, where there are no more of them than the width: a more accurate root than the covariance gives. */
  readonly root?: Root;
}

export interface CountedGaussian extends Gaussian {
  /** The number of features it is computed from. */
  readonly count: number;
}

/** Rows whose products with themselves are a covariance: `[rows, width]`. */
export interface Root {
  readonly rows: number;
  readonly data: Float64Array;
}

/** Features that are read part by part, as often as they are asked for. */
export interface FeatureParts {
  readonly count: number;
  readonly width: number;
  parts(): AsyncIterable<FeatureRows> | Iterable<FeatureRows>;
}

/** Rows taken together in the sums of products. */
const blockRows = 128;

/** The Gaussian of at least two features in memory. */
export function gaussianOf(rows: FeatureRows): CountedGaussian {
  const sum = new GaussianSum(rows.width);
  sum.addToMean(rows);
  sum.addToCovariance(rows);
  const gaussian = sum.result();
  return rows.count > rows.width ? gaussian : { ...gaussian, root: centredRoot(rows, gaussian.mean) };
}

/** The Gaussian of at least two features; they are read twice, for the mean and for the covariance. */
export async function gaussianOfParts(
  features: FeatureParts,
  onPart: (done: number, total: number) => void | Promise<void> = () => {},
): Promise<CountedGaussian> {
  const { count, width } = features;
  if (count <= width) return gaussianOf(await allRows(features));
  const sum = new GaussianSum(width);
  for await (const part of features.parts()) sum.addToMean(part);
  let done = 0;
  for await (const part of features.parts()) {
    sum.addToCovariance(part);
    await onPart((done += part.count), count);
  }
  return sum.result();
}

/** All features in memory. */
async function allRows({ count, width, parts }: FeatureParts): Promise<FeatureRows> {
  const data = new Float32Array(count * width);
  let at = 0;
  for await (const part of parts()) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { count, width, data };
}

/** Rows whose products with themselves are the covariance. */
export function rootOfGaussian({ mean, covariance, root }: Gaussian): Root {
  return root ?? rootOf(covariance, mean.length);
}

function centredRoot({ count, width, data }: FeatureRows, mean: Float64Array): Root {
  const scale = 1 / Math.sqrt(count - 1);
  return { rows: count, data: Float64Array.from(data, (x, i) => (x - mean[i % width]) * scale) };
}

/** A short digest of a Gaussian: 16 hexadecimal digits of a hash over mean and covariance. */
export function gaussianDigest({ mean, covariance }: Gaussian): string {
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of [mean, covariance])
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest('hex').slice(0, 16);
}

/** All features are added to the mean before the first is added to the covariance. */
class GaussianSum {
  private count = 0;
  private readonly sums: Float64Array;
  private mean: Float64Array | null = null;
  private readonly covariance: Float64Array;

  constructor(private readonly width: number) {
    this.sums = new Float64Array(width);
    this.covariance = new Float64Array(width * width);
  }

  addToMean({ count, data }: FeatureRows): void {
    for (let i = 0; i < count; i++)
      for (let j = 0, at = i * this.width; j < this.width; j++, at++) this.sums[j] += data[at];
    this.count += count;
  }

  addToCovariance({ count, data }: FeatureRows): void {
    const { width } = this;
    const mean = (this.mean ??= this.sums.map((x) => x / this.count));
    for (let first = 0; first < count; first += blockRows) {
      const inner = Math.min(blockRows, count - first);
      // Numbers of one feature side by side: [width, inner].
      const columns = new Float64Array(width * inner);
      for (let i = 0; i < inner; i++)
        for (let j = 0; j < width; j++) columns[j * inner + i] = data[(first + i) * width + j] - mean[j];
      addProducts(this.covariance, columns, columns, { rows: width, columns: width, inner });
    }
  }

  result(): CountedGaussian {
    const { count, covariance } = this;
    if (count < 2) throw new Error(`${count} sets of ${this.width} features have no covariance`);
    return { count, mean: this.mean ?? this.sums, covariance: covariance.map((x) => x / (count - 1)) };
  }
}
