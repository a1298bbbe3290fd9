/** The results of a sweep over how a run is sampled: each combination over its seeds, its evaluations of the model, and which no other beats. */
import { aligned } from '../compiler/report/render';
import { isLargerBetter, metrics, type MetricName } from '../score/metric-names';
import { spreadOf, type Spread } from './table';

/** What was measured of one combination. */
export interface MeasuredCell {
  /** The value of each axis, as written. */
  readonly values: readonly string[];
  /** Evaluations of the model for one picture. */
  readonly evaluations: number;
  /** For each seed the metrics in the order of the table. */
  readonly seeds: readonly (readonly number[])[];
}

export interface SamplingRow extends MeasuredCell {
  /** Over the seeds, for each metric. */
  readonly measured: readonly Spread[];
  /** Whether no other row is better by the first metric with as few evaluations, or as good with fewer. */
  readonly isOnFront: boolean;
}

export interface SamplingTable {
  readonly run: string;
  readonly axes: readonly string[];
  readonly seeds: readonly number[];
  /** Pictures drawn for each combination and seed. */
  readonly images: number;
  readonly metrics: readonly MetricName[];
  readonly rows: readonly SamplingRow[];
}

export function samplingTable(about: Omit<SamplingTable, 'rows'>, cells: readonly MeasuredCell[]): SamplingTable {
  const rows = cells.map((cell) => ({
    ...cell,
    measured: about.metrics.map((_, m) => spreadOf(cell.seeds.map((values) => values[m]))!),
  }));
  const sign = isLargerBetter(about.metrics[0]) ? -1 : 1;
  const costs = rows.map(({ evaluations, measured }) => [evaluations, sign * measured[0].mean] as const);
  const isOnFront = ([evaluations, worse]: readonly [number, number]): boolean =>
    !costs.some(([e, w]) => e <= evaluations && w <= worse && (e < evaluations || w < worse));
  return { ...about, rows: rows.map((row, i) => ({ ...row, isOnFront: isOnFront(costs[i]) })) };
}

/** A line for each combination; those on the front have a star. */
export function renderSamplingTable({ run, axes, seeds, images, metrics: names, rows }: SamplingTable): string[] {
  const several = seeds.length > 1;
  const header = [...axes, '', 'evaluations', ...names.map((name) => metrics[name])];
  const digits = names.map((_, m) => digitsFor(Math.max(...rows.map(({ measured }) => Math.abs(measured[m].mean)))));
  const lines = rows.map(({ values, evaluations, measured, isOnFront }) => [
    ...values,
    isOnFront ? '*' : '',
    evaluations.toLocaleString('en-US'),
    ...measured.map(({ mean, deviation }, m) =>
      [mean, ...(several ? [deviation] : [])].map((x) => x.toFixed(digits[m])).join(' ± '),
    ),
  ]);
  const better = isLargerBetter(names[0]) ? 'larger' : 'smaller';
  return [
    `${run}: ${rows.length.toLocaleString('en-US')} settings, ${images.toLocaleString('en-US')} pictures each, ` +
      `${several ? `seeds ${seeds.join(', ')}; mean ± standard deviation over seeds` : `seed ${seeds[0]}`}`,
    '',
    ...aligned([header, ...lines], axes.length),
    '',
    `Evaluations of the model for one picture; where guidance acts, its branches are two. * no other has a ${better} ${metrics[names[0]]} with as few.`,
  ];
}

/** Digits behind the point with which the largest number of a column has four. */
function digitsFor(largest: number): number {
  return Math.min(4, Math.max(0, 3 - Math.floor(Math.log10(largest || 1))));
}
