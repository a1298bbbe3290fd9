/** Finds the declarations at an offset of a file. */
// Tested by test/compiler/syntax/parse.test.ts.
import type { Declaration, File } from './ast';

/** The declarations whose text includes an offset: none between two, both if one ends there and the next begins. */
export function declarationsAt({ declarations }: Pick<File, 'declarations'>, offset: number): Declaration[] {
  let [low, high] = [0, declarations.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (declarations[middle].span.start <= offset) low = middle + 1;
    else high = middle;
  }
  return declarations.slice(Math.max(0, low - 2), low).filter((d) => offset <= d.span.end);
}
