/** The metrics, by name and by what they are called. Small, so that the command line can list them without loading any. */
// Tested by test/score/evaluate.test.ts.
import type { Interval } from './metrics/bootstrap';

/** Metrics by the name that `--metrics` takes, and what each is called. */
export const metrics = {
  frechet: 'Fréchet distance',
  spatial: 'spatial Fréchet distance',
  inception_score: 'inception score',
  precision: 'precision',
  recall: 'recall',
  density: 'density',
  coverage: 'coverage',
  authenticity: 'authenticity',
  kernel: 'kernel distance x 1000',
  discrepancy: 'Gaussian discrepancy',
} as const;

export type MetricName = keyof typeof metrics;

interface Direction {
  readonly larger: 'better' | 'worse';
  /** The least value; -Infinity for estimates of discrepancies, which may be below 0. */
  readonly least: number;
  readonly most: number;
}

const distance: Direction = { larger: 'worse', least: 0, most: Infinity };
const estimate: Direction = { larger: 'worse', least: -Infinity, most: Infinity };
const score: Direction = { larger: 'better', least: 0, most: Infinity };
const share: Direction = { larger: 'better', least: 0, most: 1 };

const directions: { readonly [M in MetricName]: Direction } = {
  frechet: distance,
  spatial: distance,
  inception_score: score,
  precision: share,
  recall: share,
  density: score,
  coverage: share,
  authenticity: share,
  kernel: estimate,
  discrepancy: estimate,
};

/** Whether more of it is better. */
export function isLargerBetter(metric: MetricName): boolean {
  return directions[metric].larger === 'better';
}

/** The part of an interval in which the metric can be. */
export function within(metric: MetricName, { low, high }: Interval): Interval {
  const { least, most } = directions[metric];
  return { low: Math.max(least, low), high: Math.min(most, high) };
}
