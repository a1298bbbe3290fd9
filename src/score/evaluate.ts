/** Compares features of a set of pictures with those of another, or with statistics from a file, by any of the metrics. */
import { setImmediate } from 'node:timers/promises';
import { counted } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { epochOrder } from '../data/shuffle';
import type { FeatureKind } from './encoder';
import type { Features } from './feature-cache';
import { metrics, within, type MetricName } from './metric-names';
import { meanInterval, type Interval } from './metrics/bootstrap';
import { frechetDistance } from './metrics/frechet';
import { gaussianDigest, gaussianOfParts, type Gaussian } from './metrics/gaussian';
import { gaussianDiscrepancy } from './metrics/gaussian-discrepancy';
import { InceptionScoreSum } from './metrics/inception-score';
import { kernelDistance } from './metrics/kernel-distance';
import { ballsAround, neighbourhoods, usualReach, type Balls } from './metrics/neighbourhoods';
import type { FeatureRows, PairOptions } from './metrics/rows';
import { comparedRows } from './compared-rows';
import { widestFeatures, type Statistics } from './statistics-file';

/** What is known of a set: its features, or only statistics of them. */
export interface Known {
  readonly features?: Features;
  readonly statistics?: Statistics;
}

export interface Measured {
  readonly metric: MetricName;
  readonly value: number;
  /** 95 %, by bootstrap over the pictures. */
  readonly interval?: Interval;
  /** The standard deviation over subsets or splits. */
  readonly deviation?: number;
  /** How it was computed, where that is not the same for all metrics. */
  readonly how?: string;
}

export interface EvaluateOptions {
  /** All that can be computed by default. */
  readonly metrics?: readonly MetricName[];
  /** The most pictures of each set that are compared in pairs, evenly spread. */
  readonly pairs: number;
  /** How often pictures are drawn again for intervals. */
  readonly resamples: number;
  /** Seed of subsets, splits and resamples. */
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (what: string, done: number, total: number) => void;
}

export interface Evaluation {
  readonly measured: readonly Measured[];
  /** A digest of the mean and covariance of the pooled features compared with. */
  readonly digest: string;
  /** What a reader must know to trust a number. */
  readonly notes: readonly string[];
}

/** Gaussians of what is compared with, and the balls around its pictures, are computed once, however often they are asked for. */
export class Reference {
  private readonly known = new Map<FeatureKind, Promise<Gaussian | null>>();
  private readonly rowsBySize = new Map<number, Promise<FeatureRows | null>>();
  private readonly ballsBySize = new Map<number, Promise<Balls | null>>();

  constructor(readonly of: Known) {}

  gaussian(kind: 'features' | 'spatial', options: EvaluateOptions): Promise<Gaussian | null> {
    const found = this.known.get(kind) ?? gaussianIn(this.of, kind, options, 'features compared with');
    this.known.set(kind, found);
    return found;
  }

  /** Pooled features of at most `pairs` pictures; null of a file of statistics. */
  rows({ pairs }: EvaluateOptions): Promise<FeatureRows | null> {
    const features = this.of.features?.get('features');
    const found = this.rowsBySize.get(pairs) ?? Promise.resolve(features ? comparedRows(features, pairs) : null);
    this.rowsBySize.set(pairs, found);
    return found;
  }

  balls(options: EvaluateOptions): Promise<Balls | null> {
    const found = this.ballsBySize.get(options.pairs) ?? this.ballsOf(options);
    this.ballsBySize.set(options.pairs, found);
    return found;
  }

  private async ballsOf(options: EvaluateOptions): Promise<Balls | null> {
    const rows = await this.rows(options);
    return rows && ballsAround(rows, usualReach, toldBy(options, 'neighbours of those compared with'));
  }
}

export async function evaluateSet(of: Known, against: Reference, options: EvaluateOptions): Promise<Evaluation> {
  const wanted = options.metrics ?? (Object.keys(metrics) as MetricName[]);
  const pooled = await against.gaussian('features', options);
  if (!pooled) throw new Error('pooled features are always there');
  const measured = [
    ...(await frechetDistances(of, against, wanted, options)),
    ...(await inceptionScore(of, wanted, options)),
    ...(await byPairs(of, against, wanted, options)),
  ];
  const order = Object.keys(metrics);
  measured.sort((a, b) => order.indexOf(a.metric) - order.indexOf(b.metric));
  for (const metric of options.metrics ?? [])
    if (!measured.some((m) => m.metric === metric)) throw missing(metric, of, against.of);
  const found = measured.map((m) => m.metric);
  const notes = [
    ...wideNotes(of, wanted),
    ...fewNotes(of, 'The pictures', found),
    ...fewNotes(against.of, 'Those compared with', found),
  ];
  return { measured, digest: gaussianDigest(pooled), notes };
}

/** The statistics of a set, for a file. */
export async function statisticsOf(of: Known, options: EvaluateOptions): Promise<Statistics> {
  const pooled = await gaussianIn(of, 'features', options, 'statistics');
  const spatial = await gaussianIn(of, 'spatial', options, 'statistics');
  if (!pooled) throw new Error('pooled features are always there');
  return { pooled, ...(spatial && { spatial }) };
}

async function gaussianIn(
  { features, statistics }: Known,
  kind: 'features' | 'spatial',
  { signal, onProgress = () => {} }: EvaluateOptions,
  what: string,
): Promise<Gaussian | null> {
  const stored = kind === 'features' ? statistics?.pooled : statistics?.spatial;
  if (stored) return stored;
  const parts = features?.get(kind);
  if (!parts || (kind === 'spatial' && parts.width > widestFeatures)) return null;
  if (parts.width > widestFeatures)
    throw new WeftError(
      `The extractor gives ${thousands(parts.width)} features; at most ${thousands(widestFeatures)} can be compared.`,
      'Let its spec pool them: a mean over places, or fewer channels.',
    );
  if (parts.count < 2)
    throw new WeftError(
      `The ${what} are of ${counted(parts.count, 'picture')}, and a covariance needs two.`,
      'Name a folder with at least two pictures, better thousands.',
    );
  return gaussianOfParts(parts, async (done, total) => {
    signal?.throwIfAborted();
    onProgress(`${kind === 'spatial' ? 'spatial ' : ''}covariance of the ${what}`, done, total);
    await setImmediate();
  });
}

async function frechetDistances(
  of: Known,
  against: Reference,
  wanted: readonly MetricName[],
  options: EvaluateOptions,
): Promise<Measured[]> {
  const found: Measured[] = [];
  for (const [metric, kind] of [
    ['frechet', 'features'],
    ['spatial', 'spatial'],
  ] as const) {
    if (!wanted.includes(metric)) continue;
    const other = await against.gaussian(kind, options);
    const own = other && (await gaussianIn(of, kind, options, 'features'));
    if (!own) continue;
    if (own.mean.length !== other.mean.length)
      throw new WeftError(
        `The statistics compared with are of ${other.mean.length} ${kind === 'spatial' ? 'spatial ' : ''}features, those of the pictures of ${own.mean.length}.`,
        'They were made by another extractor: name that with --extractor.',
      );
    found.push({ metric, value: frechetDistance(own, other) });
  }
  return found;
}

/** The splits of the usual inception score, and the fewest pictures in one: of a single picture the score is always 1. */
const [mostSplits, fewest] = [10, 50];

async function inceptionScore(
  { features }: Known,
  wanted: readonly MetricName[],
  { seed }: EvaluateOptions,
): Promise<Measured[]> {
  const logits = features?.get('logits');
  if (!logits || !wanted.includes('inception_score')) return [];
  const splits = Math.max(1, Math.min(mostSplits, Math.floor(logits.count / fewest)));
  const sum = new InceptionScoreSum(logits.width, splits);
  // Folders are often sorted by class, so pictures are divided in a random order.
  const place = epochOrder(logits.count, seed, 0);
  let first = 0;
  for await (const part of logits.parts()) {
    const from = first;
    sum.add(part, (row) => Math.floor((place[from + row] * splits) / logits.count));
    first += part.count;
  }
  const { mean, deviation } = sum.result();
  return [{ metric: 'inception_score', value: mean, deviation, how: counted(splits, 'split') }];
}

/** Metrics that compare with the nearest neighbours. */
const byNeighbours = ['precision', 'recall', 'density', 'coverage', 'authenticity'] as const;

/** The number of neighbours that a metric asks for. */
function reachOf(metric: (typeof byNeighbours)[number]): number {
  if (metric === 'authenticity') return 1;
  return metric === 'precision' || metric === 'recall' ? usualReach.precision : usualReach.density;
}

async function byPairs(
  of: Known,
  against: Reference,
  wanted: readonly MetricName[],
  options: EvaluateOptions,
): Promise<Measured[]> {
  const own = of.features?.get('features');
  const pairwise = [...byNeighbours, 'kernel', 'discrepancy'] as const;
  if (!own || !pairwise.some((metric) => wanted.includes(metric))) return [];
  const { pairs, seed } = options;
  const real = await against.rows(options);
  if (!real) return [];
  const drawn = await comparedRows(own, pairs);
  const told = (what: string): PairOptions => toldBy(options, what);
  const found: Measured[] = [];
  const counts = `${thousands(drawn.count)} and ${thousands(real.count)} pictures in pairs`;
  if (byNeighbours.some((metric) => wanted.includes(metric)) && nearEnough(drawn, real)) {
    const balls = await against.balls(options);
    if (!balls) throw new Error('features have balls around them');
    const around = await ballsAround(drawn, usualReach, told('nearest neighbours'));
    const near = await neighbourhoods(balls, around, told('near those compared with'));
    const byImage = {
      precision: near.precise,
      recall: near.recalled,
      density: near.density,
      coverage: near.covered,
      authenticity: near.authentic,
    };
    for (const metric of byNeighbours) {
      if (!wanted.includes(metric)) continue;
      const values = byImage[metric];
      const value = values.reduce((sum, x) => sum + x, 0) / values.length;
      const interval = options.resamples > 1 ? within(metric, meanInterval(values, options)) : undefined;
      found.push({ metric, value, interval, how: `k ${reachOf(metric)}, ${counts}` });
    }
  }
  if (wanted.includes('kernel')) {
    const { mean, deviation, subsets, subsetSize } = await kernelDistance(
      real,
      drawn,
      { seed },
      told('kernel distance'),
    );
    const how = subsets === 1 ? counts : `${subsets} subsets of ${thousands(subsetSize)}`;
    found.push({ metric: 'kernel', value: 1000 * mean, ...(subsets > 1 && { deviation: 1000 * deviation }), how });
  }
  if (wanted.includes('discrepancy')) {
    const value = await gaussianDiscrepancy(real, drawn, told('Gaussian discrepancy'));
    found.push({ metric: 'discrepancy', value, how: counts });
  }
  return found;
}

/** Tells of work on pairs under a name. */
export function toldBy({ signal, onProgress = () => {} }: EvaluateOptions, what: string): PairOptions {
  return { signal, onProgress: (done, total) => onProgress(what, done, total) };
}

function nearEnough(a: FeatureRows, b: FeatureRows): boolean {
  return Math.min(a.count, b.count) > Math.max(usualReach.precision, usualReach.density);
}

/** A covariance of fewer pictures than features has no full rank, and the distance is larger than that of many. */
function fewNotes({ features }: Known, who: string, wanted: readonly MetricName[]): string[] {
  const kinds = [
    wanted.includes('frechet') ? 'features' : null,
    wanted.includes('spatial') ? 'spatial' : null,
  ] as const;
  return kinds.flatMap((kind) => {
    const parts = kind && features?.get(kind);
    if (!parts || parts.count > parts.width) return [];
    const what = kind === 'spatial' ? 'spatial features' : 'features';
    return [
      `${who} are ${thousands(parts.count)}, no more than the ${thousands(parts.width)} ${what}: their Fréchet distance is larger than that of many. Compare it with distances of equal counts alone.`,
    ];
  });
}

/** The spatial distance is left out where its covariance would be too large. */
function wideNotes({ features }: Known, wanted: readonly MetricName[]): string[] {
  const width = features?.get('spatial')?.width ?? 0;
  if (width <= widestFeatures || !wanted.includes('spatial')) return [];
  return [
    `There is no ${metrics.spatial}: the extractor gives ${thousands(width)} spatial features, and covariances have at most ${thousands(widestFeatures)}.`,
  ];
}

function missing(metric: MetricName, of: Known, against: Known): WeftError {
  const name = metrics[metric];
  const [wide] = wideNotes(of, [metric]);
  if (wide !== undefined)
    return new WeftError(wide, 'Let its spec give fewer channels of them, or leave the metric out.', 2);
  if (!of.features || (!against.features && metric !== 'inception_score'))
    return new WeftError(
      `A file of statistics has means and covariances alone, so there is no ${name}.`,
      'Name the pictures instead, or leave the metric out.',
      2,
    );
  if (metric === 'spatial' || metric === 'inception_score')
    return new WeftError(
      `This extractor gives no ${metric === 'spatial' ? 'spatial features' : 'logits of classes'}, so there is no ${name}.`,
      `Its spec needs \`output ${metric === 'spatial' ? 'spatial' : 'logits'}\`; specs/encoders/inception-v3.weft has it.`,
      2,
    );
  return new WeftError(
    `There are too few pictures for ${name}.`,
    `Each set needs more than ${Math.max(usualReach.precision, usualReach.density)}.`,
  );
}

function thousands(n: number): string {
  return n.toLocaleString('en-US');
}
