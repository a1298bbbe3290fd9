/** The metrics, by name and by what they are called. Small, so that the command line can list them without loading any. */
// Tested by test/study/sampling-table.test.ts.

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

/** Whether more of it is better: of the others, which are distances, less is. */
export function isLargerBetter(metric: MetricName): boolean {
  const larger: readonly MetricName[] = [
    'inception_score',
    'precision',
    'recall',
    'density',
    'coverage',
    'authenticity',
  ];
  return larger.includes(metric);
}
