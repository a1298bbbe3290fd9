/** Table rows that stand for classes and words move with their names, since the number of a name differs between data sets. */
import { someOf } from '../compiler/diagnostics/counted';
import { isVariable, topological, type Value } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import { is } from '../compiler/ops/define';
import { gather } from '../compiler/ops/indexing';
import { stopGradient } from '../compiler/ops/elementwise';

/** The names of class and token numbers, in order; absent if they are not known. */
export type RowNames = { readonly [K in NamedKind]: readonly string[] };
type NamedKind = 'class' | 'tokens';

export interface MovedRows {
  /** For the weights that are tables: the old row that each row comes from, or null for a row that is drawn from the seed. */
  readonly tables: ReadonlyMap<string, readonly (number | null)[]>;
  /** Notes for the user. */
  readonly notes: readonly string[];
}

const words: { readonly [K in NamedKind]: readonly [one: string, many: string] } = {
  class: ['class', 'classes'],
  tokens: ['word', 'words'],
};

/** How the tables of a model move. The weights `taken` come from a model whose numbers have the names `before`. */
export function movedRows(model: ModelGraph, taken: ReadonlySet<string>, before: RowNames, after: RowNames): MovedRows {
  const tables = new Map<string, readonly (number | null)[]>();
  const notes: string[] = [];
  for (const input of model.inputs) {
    if (input.kind !== 'class' && input.kind !== 'tokens') continue;
    const [old, now] = [before[input.kind], after[input.kind]];
    const others = now.flatMap((name, i) => (i < old.length && old[i] !== name ? [i] : []));
    if (others.length === 0) continue;
    const { read, isWhole } = tablesRead(model, input.value);
    const own = read.filter(({ name }) => taken.has(name));
    const [one, many] = words[input.kind];
    if (!isWhole) {
      const pairs = others.map((i) => `${i} was ${old[i]} and is ${now[i]}`);
      notes.push(
        `warning: numbers of ${many} mean something else than where the weights come from, and ${model.name} reads ` +
          `${input.name} in a way whose weights cannot be moved: ${someOf(pairs, mostNamed)}.`,
      );
    }
    if (own.length === 0) continue;
    const numbers = new Map(old.map((name, i) => [name, i]));
    for (const { name, rows } of own) {
      // Rows after those with names, such as "no class", stay where they are.
      tables.set(
        name,
        Array.from({ length: rows }, (_, i) => (i < now.length ? (numbers.get(now[i]) ?? null) : i)),
      );
    }
    const [kept, fresh] = [now.filter((name) => numbers.has(name)), now.filter((name) => !numbers.has(name))];
    const moved = kept.filter((name) => numbers.get(name) !== now.indexOf(name));
    const where = own.map(({ name }) => name).join(', ');
    if (moved.length > 0) {
      const steps = moved.map((name) => `${name} ${numbers.get(name)} → ${now.indexOf(name)}`);
      notes.push(`  moved by the names of ${many}: rows of ${where}: ${someOf(steps, mostNamed)}`);
    }
    if (fresh.length > 0)
      notes.push(
        `  drawn anew: rows of ${where}, no such ${one} where the weights come from: ${someOf(fresh, mostNamed)}`,
      );
  }
  return { tables, notes };
}

interface Table {
  readonly name: string;
  readonly rows: number;
}

/** The weights whose rows are chosen by numbers, and whether the numbers have no other use. */
function tablesRead(model: ModelGraph, numbers: Value): { read: readonly Table[]; isWhole: boolean } {
  const users = topological(Object.values(model.outputs)).filter((v) => v.inputs.includes(numbers));
  const read = users.flatMap((v): Table[] => {
    if (!is(v, gather) || v.inputs[1] !== numbers) return [];
    const [given] = v.inputs;
    const table = is(given, stopGradient) ? given.inputs[0] : given;
    const rows = table.shape[0];
    return isVariable(table) && typeof rows === 'number' ? [{ name: table.leaf.name, rows }] : [];
  });
  const unique = new Map(read.map((t) => [t.name, t]));
  return { read: [...unique.values()], isWhole: read.length === users.length };
}

const mostNamed = 12;

/** A table with its rows from the `source` that it moves from, or as they were `drawn`. */
export function withMovedRows(
  source: Float32Array,
  drawn: Float32Array,
  rows: readonly (number | null)[],
): Float32Array {
  const width = source.length / rows.length;
  const out = new Float32Array(source.length);
  rows.forEach((from, i) => {
    const row =
      from === null ? drawn.subarray(i * width, (i + 1) * width) : source.subarray(from * width, (from + 1) * width);
    out.set(row, i * width);
  });
  return out;
}
