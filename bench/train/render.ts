/** The comparison as a table. */
import type { PeerReport } from './compare';
import { peerPrograms } from './peers';

const columns = ['', 'median step', 'fastest', 'quartiles', 'times the first', 'peak memory', 'first step'];

/** One line per peer; ratios of step times are to the first report's. */
export function renderTable(reports: readonly PeerReport[]): string {
  const rows = reports.map((r) => [
    peerPrograms[r.peer].title,
    seconds(r.medianSeconds),
    seconds(r.fastestSeconds),
    r.quartileSeconds.map(seconds).join(' – '),
    (r.medianSeconds / reports[0]!.medianSeconds).toFixed(3),
    `${(r.peakRssBytes / 2 ** 20).toFixed(0)} MiB`,
    seconds(r.firstStepSeconds),
  ]);
  const widths = columns.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  return [columns, ...rows]
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '))
    .join('\n');
}

function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 4 : 1)} s`;
}
