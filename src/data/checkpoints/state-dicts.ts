/** Finds the tables of tensors in the contents of a PyTorch file. */
import { counted, someOf } from '../../compiler/diagnostics/counted';
import { printable } from '../../compiler/diagnostics/printable';
import { isAveragedWord, isOtherTable } from './names';
import { isGlobal, isInert } from './pickle';
import { FileProblem, Refused } from './problem';
import { notATensor } from './torch-globals';
import { TorchTensor, UnreadTensor } from './torch-tensor';

/** A tensor of a table, or the reason why it cannot be read. */
export type TableEntry = TorchTensor | UnreadTensor;

/** How deep tables of tables are searched: `checkpoint.model.emas.0` holds one. */
const deepest = 4;

/** The most entries examined; tables can contain one another many times over. */
const mostEntries = 300_000;

/**
 * The tensors of each table, by the table's path: `''` for the file itself, `state_dict`, `model.ema`. A list of
 * tensors is a table whose names are numbers.
 */
export function tensorTables(root: unknown): Map<string, Map<string, TableEntry>> {
  if (isInert(root) && !root.contents.some((c) => c instanceof Map && hasTensors(c))) throw notATensor(root.inert);
  if (isGlobal(root)) throw notATensor(root.global);
  const search = new Search();
  search.visit(root, []);
  if (search.tables.size === 0) throw new Refused('no table of named tensors', `only ${describe(root)}`);
  return search.tables;
}

class Search {
  readonly tables = new Map<string, Map<string, TableEntry>>();
  private left = mostEntries;

  visit(value: unknown, path: readonly string[]): void {
    if (path.length > deepest) return;
    const tensors = new Map<string, TableEntry>();
    const others = new Map<string, TableEntry>();
    for (const [key, item] of entriesOf(value)) {
      this.count();
      const other = isWeightName(key) ? otherThing(item) : null;
      if (other !== null) others.set(key, new UnreadTensor(other));
      if (item instanceof TorchTensor || item instanceof UnreadTensor) tensors.set(key, item);
      else if (tensors.size > 0 && isInert(item)) tensors.set(key, new UnreadTensor(`the Python object ${item.inert}`));
      else if (!isTable(item)) continue;
      else if (isOtherTable(key)) this.visitAverages(item, [...path, key]);
      else this.visit(item, [...path, key]);
    }
    const place = path.join('.');
    if (tensors.size > 0) this.tables.set(place, new Map([...(this.tables.get(place) ?? []), ...tensors, ...others]));
  }

  /** Finds averages that an optimiser keeps: `optimizer.ema`, `optimizer_states.0.ema`, `optimizer.state.N.ema`. */
  private visitAverages(value: unknown, path: readonly string[]): void {
    if (path.length > deepest) return;
    for (const [key, item] of entriesOf(value)) {
      if (!isTable(item)) continue;
      this.count();
      if (isAveragedWord(key)) this.visit(item, [...path, key]);
      else if (key === 'state') this.addStateAverages(item, [...path, key]);
      else if (Array.isArray(value)) this.visitAverages(item, [...path, key]);
    }
  }

  /** The state that an optimiser keeps for each parameter, by number or name: averages become a table of their own. */
  private addStateAverages(state: unknown, path: readonly string[]): void {
    const entries = [...entriesOf(state)];
    const isNumbered = entries.every(([key]) => /^\d+$/.test(key));
    if (isNumbered) entries.sort(([a], [b]) => Number(a) - Number(b));
    for (const [i, [parameter, kept]] of entries.entries()) {
      for (const [key, item] of entriesOf(kept)) {
        this.count();
        if (!isAveragedWord(key) || !(item instanceof TorchTensor || item instanceof UnreadTensor)) continue;
        const place = [...path, key].join('.');
        const table = this.tables.get(place) ?? new Map<string, TableEntry>();
        this.tables.set(place, table.set(isNumbered ? String(i) : parameter, item));
      }
    }
  }

  private count(): void {
    if (--this.left < 0) throw new FileProblem('its tables hold one another more often than can be followed');
  }
}

/** Whether a key is the path of a weight. Counters beside weights (`epoch`) are not, nor is what modules keep for themselves. */
function isWeightName(key: string): boolean {
  return key.includes('.') && !/\b(_extra_state|num_batches_tracked)$/.test(key);
}

/** What stands where a tensor is expected, in words; null for a tensor, a table or an object. */
function otherThing(item: unknown): string | null {
  if (item === null || item === undefined) return 'None and no tensor';
  if (typeof item === 'object') {
    const isNumbers = Array.isArray(item) && item.length > 0 && item.every((x) => typeof x === 'number');
    return isNumbers ? `a list of ${counted(item.length, 'number')} and no tensor` : null;
  }
  const kinds: { readonly [type: string]: string } = {
    number: 'the number',
    bigint: 'the number',
    boolean: 'the truth value',
  };
  return `${kinds[typeof item] ?? 'the text'} ${JSON.stringify(String(item).slice(0, 40))} and no tensor`;
}

/** The entries of a table or a list, or the attributes and items of an object that was not rebuilt. */
function* entriesOf(value: unknown): Generator<[string, unknown]> {
  if (isInert(value)) for (const part of value.contents) if (part instanceof Map) yield* entriesOf(part);
  // Long lists of anything but tensors are histories, not tables.
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  for (const [i, item] of list.entries()) yield [String(i), item];
  const table: ReadonlyMap<unknown, unknown> = value instanceof Map ? value : new Map();
  for (const [key, item] of table) if (typeof key === 'string' || typeof key === 'number') yield [String(key), item];
}

function isTable(x: unknown): boolean {
  return x instanceof Map || Array.isArray(x) || isInert(x);
}

function hasTensors(table: ReadonlyMap<unknown, unknown>): boolean {
  return [...table.values()].some((v) => v instanceof TorchTensor || v instanceof Map) && !table.has('_modules');
}

function describe(root: unknown): string {
  if (root instanceof TorchTensor) return `one tensor of shape [${root.shape.join(', ')}] without a name`;
  if (root instanceof Map)
    return `a table of ${
      someOf(
        [...root.keys()].map((k) => printable(String(k))),
        8,
      ) || 'nothing'
    }`;
  if (Array.isArray(root)) return `a list of ${root.length} things`;
  return root === null ? 'nothing' : `a ${typeof root}`;
}
