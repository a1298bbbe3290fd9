/** Lines of Python whose names are not chosen yet: a value is written as its number between marks until then. */
// Tested by test/backends/pytorch/emit/model.test.ts.
import type { Value } from '../../../compiler/ir/graph';

/** One statement, or a loop with its body. */
export interface Statement {
  /** May contain line breaks; values are written by `ref`. */
  readonly text: string;
  /** The values that it names. */
  readonly defines: readonly Value[];
  /** The shape of the result, if it is to be shown. */
  readonly comment: string | null;
}

export function ref(v: Value): string {
  return `«${v.id}»`;
}

const mark = /«(\d+)»/g;

/** The approximate number of characters of the final text: the same for all uses of a block. */
export function lengthOf(text: string): number {
  return text.replace(mark, 'name').replace(/[⟦⟧]/g, '').length;
}

/** Values that a text reads or defines. */
function refsIn(text: string): number[] {
  return [...text.matchAll(mark)].map((m) => Number(m[1]));
}

/**
 * The statements with names for values. A value keeps its hint unless a value that is still read has it. `fixed` are the arguments.
 */
export function named(
  statements: readonly Statement[],
  fixed: ReadonlyMap<number, string>,
  hint: (v: Value) => string,
): string[] {
  const last = new Map<number, number>();
  statements.forEach(({ text }, i) => refsIn(text).forEach((id) => last.set(id, i)));
  const names = new Map(fixed);
  const holder = new Map([...fixed].map(([id, name]) => [name, id]));
  return statements.flatMap(({ text, defines, comment }, i) => {
    for (const v of defines) {
      if (names.has(v.id)) continue;
      if (defines.length > 1 && last.get(v.id) === i) {
        names.set(v.id, '_');
        continue;
      }
      const name = freeName(hint(v), (candidate) => {
        const id = holder.get(candidate);
        return id === undefined || (last.get(id) ?? -1) <= i;
      });
      holder.set(name, v.id);
      names.set(v.id, name);
    }
    const written = text.replace(mark, (_, id: string) => names.get(Number(id)) ?? '?');
    const [left, right] = written.split(' = ');
    return left === right ? [] : [comment ? `${written}  # ${comment}` : written];
  });
}

function freeName(wanted: string, isFree: (name: string) => boolean): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted}${n}`;
    if (isFree(name)) return name;
  }
}

const taken = new Set(
  `False None True and as assert async await break class continue def del elif else except finally for from global if import in
   is lambda nonlocal not or pass raise return try while with self torch nn math F block`.split(/\s+/),
);

/** A name of the spec as Python takes it. */
export function pythonName(name: string): string {
  const plain = name.replace(/\W+/g, '_');
  return taken.has(plain) || /^\d/.test(plain) || plain === '' ? `${plain}_` : plain;
}
