/** What `weft evaluate` prints: a block for each set of pictures, and means over several. */
// Tested by test/cli/evaluate.test.ts.
import { printable } from '../compiler/diagnostics/printable';
import { aligned } from '../compiler/report/render';
import { resizeRules, type ResizeRule } from '../data/resize';
import type { Encoder } from '../score/encoder';
import type { Evaluation, Measured } from '../score/evaluate';
import { metrics, within, type MetricName } from '../score/metric-names';
import { overRuns } from '../score/metrics/over-runs';

/** The metrics of one set of pictures. */
export interface Judged extends Evaluation {
  readonly subject: string;
  /** Of a run, the seed of its noise. */
  readonly seed?: number;
  /** Null for a file of statistics. */
  readonly images: number | null;
  /** What it was compared with: several runs may have been trained on other pictures each. */
  readonly against: { readonly name: string; readonly images: number | null };
}

export interface About {
  /** Null where only files of statistics are compared. */
  readonly extractor: Encoder['facts'] | null;
  readonly resize: ResizeRule;
}

export function renderEvaluation(judged: readonly Judged[], about: About, json: boolean): string {
  const isOne = new Set(judged.map((one) => one.digest)).size === 1;
  // Folders that happen to be named together are no samples of one thing.
  const areDrawn = judged.every((one) => one.seed !== undefined);
  const means = judged.length > 1 && isOne && areDrawn ? meansOf(judged) : [];
  if (json) return JSON.stringify({ ...about, sets: judged, ...(means.length > 0 && { means }) }, null, 2);
  const blocks = judged.map((one) => [`${titleOf(one)}:`, ...table(one.measured.map(rowOf))].join('\n'));
  if (means.length > 0) {
    const rows = means.map(({ metric, mean, low, high }) => [
      metrics[metric],
      shown(mean),
      `${shown(low)} … ${shown(high)}`,
    ]);
    blocks.push([`mean of ${judged.length}, with the interval that covers it with 95 %:`, ...table(rows)].join('\n'));
  }
  const notes = [...new Set(judged.flatMap((one) => one.notes))].map((note) => `note: ${note}`);
  return [...blocks, [...notes, ...footer(judged, about)].join('\n')].join('\n\n');
}

function titleOf({ subject, seed, images }: Judged): string {
  const drawn = seed === undefined ? '' : `, seed ${seed}`;
  return `${printable(subject)}${drawn}, ${images === null ? 'statistics' : `${thousands(images)} pictures`}`;
}

function rowOf({ metric, value, interval, deviation, how }: Measured): string[] {
  const spread = interval
    ? `${shown(interval.low)} … ${shown(interval.high)}`
    : deviation === undefined
      ? ''
      : `± ${shown(deviation)}`;
  return [metrics[metric], shown(value), [spread, how].filter(Boolean).join('; ')];
}

/** What was compared with what, and by which features. */
export function footer(judged: readonly Judged[], { extractor, resize }: About): string[] {
  const compared = judged.map(({ against, digest }) => {
    const count = against.images === null ? '' : `, ${thousands(against.images)} pictures`;
    return `Compared with ${printable(against.name)}${count}; statistics ${digest}.`;
  });
  return [
    ...new Set(compared),
    ...(extractor
      ? [
          `Features by ${extractor.extractor} (${extractor.weights}, ${extractor.size}), resized as ${resize}: ${resizeRules[resize]}.`,
        ]
      : []),
  ];
}

function meansOf(judged: readonly Judged[]): ({ readonly metric: MetricName } & ReturnType<typeof overRuns>)[] {
  return judged[0].measured.flatMap(({ metric }) => {
    const values = judged.flatMap((one) => one.measured.filter((m) => m.metric === metric).map((m) => m.value));
    if (values.length < judged.length) return [];
    const over = overRuns(values);
    return [{ metric, ...over, ...within(metric, over) }];
  });
}

/** Names, numbers, and what is said of each behind them. */
function table(rows: readonly (readonly string[])[]): string[] {
  const lines = aligned(
    rows.map(([name, value]) => [name, value]),
    1,
  );
  return lines.map((line, i) => (rows[i][2] ? `${line}  ${rows[i][2]}` : line));
}

/** Four digits that count. */
function shown(x: number): string {
  return Math.abs(x) >= 1000 ? x.toFixed(1) : x.toPrecision(4);
}

function thousands(n: number): string {
  return n.toLocaleString('en-US');
}
