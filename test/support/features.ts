/** Features that follow from a name, as scripts/fixtures/metrics.py makes them, and what other implementations give for them. */
import { readFileSync } from 'node:fs';
import type { FeatureRows } from '../../src/score/metrics/rows';
import { patterned } from './patterned';

/** Numbers in [-scale, scale); every column has half of the one before added, so that they are correlated. */
export function patternedFeatures(name: string, count: number, width: number, scale: number): FeatureRows {
  const data = Float64Array.from(patterned(name, [count, width], scale).data);
  for (let i = 0; i < data.length; i++) if (i % width > 0) data[i] += 0.5 * data[i - 1];
  return { count, width, data };
}

export const real = patternedFeatures('features/real', 300, 20, 1);
export const drawn = patternedFeatures('features/drawn', 250, 20, 1.25);

export function firstRows({ width, data }: FeatureRows, count: number): FeatureRows {
  return { count, width, data: data.slice(0, count * width) };
}

const path = new URL('../score/metrics/metrics.json', import.meta.url);

/** By numpy, scipy, pytorch-fid, torch-fidelity and prdc. */
export const peers = JSON.parse(readFileSync(path, 'utf8')) as {
  readonly frechet: { readonly [peer: string]: number };
  readonly frechet_of_few: number;
  readonly singular_values: readonly number[];
  readonly kernel_distance: number;
  readonly gaussian_discrepancy: number;
  readonly precision: number;
  readonly recall: number;
  readonly density: number;
  readonly coverage: number;
  readonly inception_score: { readonly inception_score_mean: number; readonly inception_score_std: number };
};

/** |got / want - 1|. */
export function relative(got: number, want: number): number {
  return Math.abs(got / want - 1);
}
