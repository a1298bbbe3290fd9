/** Averages that are stored as a list without names (`shadow_params`), in the order of the model's weights. */
// Tested by test/data/checkpoints/state-dicts.test.ts.
import { isBeside } from '../leftovers';
import type { StoredName, Tables, TableName } from './layouts';
import { isAveragedWord, isOtherTable } from './names';

/** The tables, in which lists of averages get the names of weights if a table of weights has the same number and shapes. */
export function namedLists(
  tables: ReadonlyMap<string, readonly string[]>,
  shapeOf: (stored: StoredName) => readonly number[],
): Tables {
  const lists = [...tables].filter(([path, names]) => path.split('.').some(isAveragedWord) && isList(names));
  if (lists.length === 0) return tables;
  const named = new Map<string, readonly TableName[]>(tables);
  const others = [...tables].filter(([path, names]) => !isOtherTable(path) && !isList(names));
  for (const [path, list] of lists) {
    const shapes = list.map((name) => shapeOf({ table: path, name }).join());
    const source = others
      .flatMap(([table, names]) => [names, names.filter((n) => !isBeside(n))].map((n) => ({ table, names: n })))
      .find(
        ({ table, names }) =>
          names.length === shapes.length && names.every((name, i) => shapeOf({ table, name }).join() === shapes[i]),
      );
    if (source)
      named.set(
        path,
        source.names.map((name, i) => ({ name, stored: list[i] })),
      );
  }
  return named;
}

/** The paths of lists of averages that match no table of weights: it is unknown which weight each is of. */
export function namelessLists(tables: Tables): string[] {
  return [...tables].flatMap(([path, names]) => {
    const own = names.filter((name) => typeof name === 'string');
    return path.split('.').some(isAveragedWord) && own.length === names.length && isList(own) ? [path] : [];
  });
}

function isList(names: readonly string[]): boolean {
  return names.every((name, i) => name === String(i));
}
