/** The mean of a metric over several runs or seeds, with its confidence interval. */
import type { Interval } from './bootstrap';

export interface OverRuns extends Interval {
  readonly mean: number;
  readonly runs: number;
}

/** Quantiles of Student's t distribution for 95 %, by degrees of freedom from 1. */
const quantiles = [
  12.7062, 4.30265, 3.18245, 2.77645, 2.57058, 2.44691, 2.36462, 2.306, 2.26216, 2.22814, 2.20099, 2.17881, 2.16037,
  2.14479, 2.13145, 2.11991, 2.10982, 2.10092, 2.09302, 2.08596, 2.07961, 2.07387, 2.06866, 2.0639, 2.05954, 2.05553,
  2.05183, 2.04841, 2.04523, 2.04227,
];

/** The interval that covers the mean of all such runs with 95 %, if their values are distributed normally; at least two values. */
export function overRuns(values: readonly number[]): OverRuns {
  const runs = values.length;
  const mean = values.reduce((sum, x) => sum + x, 0) / runs;
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (runs - 1));
  // With more than 31 values the quantile of 30 degrees is a little too large.
  const half = (quantiles[Math.min(runs - 1, quantiles.length) - 1] * deviation) / Math.sqrt(runs);
  return { runs, mean, low: mean - half, high: mean + half };
}
