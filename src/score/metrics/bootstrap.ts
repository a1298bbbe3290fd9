/** Confidence intervals by bootstrap: how much a statistic varies if images are drawn again from those there are. */
import { picks } from '../../data/shuffle';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** How often images are drawn again. */
  readonly resamples: number;
  readonly seed: number;
}

/** The quantile of a normal distribution for 95 %. */
const z = 1.959964;

/**
 * A 95 % interval around the statistic of `count` images: 1.96 standard deviations of its resamples to each side. Their mean is not used: drawing again
 * leaves out a third of the images, which moves distances up.
 */
export function bootstrapInterval(
  value: number,
  count: number,
  statistic: (numbers: Uint32Array) => number,
  { resamples, seed }: BootstrapOptions,
): Interval {
  return around(
    value,
    Array.from({ length: resamples }, (_, i) => statistic(picks(count, seed, i))),
  );
}

/** The interval of a mean over images. */
export function meanInterval(values: Float64Array, options: BootstrapOptions): Interval {
  const meanOf = (numbers: Uint32Array): number => numbers.reduce((sum, i) => sum + values[i], 0) / numbers.length;
  return bootstrapInterval(values.reduce((sum, x) => sum + x, 0) / values.length, values.length, meanOf, options);
}

/** 95 % of a normal distribution whose standard deviation is that of `values`, of which there are at least two. */
function around(value: number, values: readonly number[]): Interval {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1));
  return { low: value - z * deviation, high: value + z * deviation };
}
