/** The report as a table for people. */
import { sumOf, type BlockCosts, type Costs, type Totals } from './costs';
import type { Memory } from './memory';
import { grouping } from './trained';

/** Costs of one image by module, repeated blocks in one line; then memory of training, when it is given. */
export function renderReport(costs: Costs, memory: Memory | null = null): string {
  const groups = grouped(costs.blocks);
  const rows = groups.map((g) => [g.name, g.callee, ...cells(g, costs)]);
  const table = aligned([
    ['module', 'block', 'parameters', 'GFLOPs', 'linear', 'attention', 'in full', 'share'],
    ...rows,
    ['total', '', ...cells(costs, costs)],
  ]);
  const note =
    'GFLOPs of one image: 2 per multiply-add of linear layers and attention, the rest free; "in full" counts all.';
  const open = costs.textTokens
    ? [
        `Counted for a text of ${costs.textTokens} tokens, as any number will do; \`longest: n\` in its input sets another.`,
      ]
    : [];
  return [costs.model, '', ...table, '', note, ...open, ...(memory ? ['', ...memoryLines(memory)] : [])].join('\n');
}

interface Group extends Totals {
  readonly name: string;
  readonly callee: string;
}

/** `patch_blocks.0` … `patch_blocks.25` become `patch_blocks × 26`. */
function grouped(blocks: readonly BlockCosts[]): Group[] {
  const families = new Map<string, BlockCosts[]>();
  for (const block of blocks) {
    const family = block.name.replace(/\.\d+$/, '');
    families.set(family, [...(families.get(family) ?? []), block]);
  }
  return [...families].map(([family, members]) => ({
    name: repeated(family, members) || '(outside)',
    callee: [...new Set(members.map((m) => m.callee))].join(', '),
    ...sumOf(members),
  }));
}

/** A value that a repetition computes once for all copies, such as an argument, has the family's own name and is not a copy. */
function repeated(family: string, members: readonly BlockCosts[]): string {
  const copies = members.filter((m) => m.name !== family).length;
  return copies > 1 ? `${family} × ${copies}` : members[0].name;
}

function cells(t: Totals, whole: Totals): string[] {
  const share = t.flops > 0 ? `${((100 * t.flops) / whole.flops).toFixed(1)} %` : '';
  return [
    t.parameters > 0 ? grouping(t.parameters) : '',
    giga(t.flops),
    giga(t.flopsLinear),
    giga(t.flopsAttention),
    giga(t.flopsFull),
    share,
  ];
}

function memoryLines(m: Memory): string[] {
  const lines: [string, number][] = [
    ['weights', m.weights],
    ['gradients', m.gradients],
    ["the optimiser's state", m.optimizer],
    ['averaged weights', m.ema],
    ['kept for the backward pass', m.activations],
    ['at the fullest moment', m.total],
    ['the same op by op (tfjs)', m.totalOpByOp],
    ['recompute = blocks: kept', m.activationsRecomputed],
    ['recompute = blocks: at the fullest moment', m.totalRecomputed],
  ];
  return [
    `Memory of a training step, batch ${m.batch}, ${m.precision}:`,
    ...aligned(lines.map(([k, v]) => [k, bytes(v)])),
  ];
}

/** Columns padded to their widest cell: the first `texts` columns aligned left, the others right. */
export function aligned(rows: readonly (readonly string[])[], texts = rows[0].length > 2 ? 2 : 1): string[] {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const isText = (i: number): boolean => i < texts;
  return rows.map((row) =>
    `  ${row.map((cell, i) => (isText(i) ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')}`.trimEnd(),
  );
}

/** Billions with two decimals; empty for 0. */
function giga(flops: number): string {
  if (flops === 0) return '';
  return flops < 5e6
    ? '<0.01'
    : (flops / 1e9).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

/** A number of bytes in binary units, with at least three significant digits. */
export function bytes(n: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = n < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(n) / 10));
  return `${(n / 1024 ** power).toFixed(power === 0 ? 0 : 2)} ${units[power]}`;
}
