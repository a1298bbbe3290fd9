/** What values have after a point: `size.height`, `ratio.left`, `x.width`. */
// Tested by test/compiler/lower/kinds.test.ts.
import { mulDims } from '../ir/dims';
import { dimValue, numberValue, type Evaluated } from './values';

/** The members of a value by name; empty for a value that has none. */
export function membersOf(v: Evaluated): { readonly [name: string]: Evaluated } {
  switch (v.kind) {
    case 'size':
      return { height: dimValue(v.height), width: dimValue(v.width), area: dimValue(mulDims(v.height, v.width)) };
    case 'ratio':
      return { left: numberValue(v.left), right: numberValue(v.right) };
    case 'tensor': {
      const last = v.shape[v.shape.length - 1];
      const rank = { rank: numberValue(v.shape.length) };
      return last === undefined
        ? rank
        : { width: dimValue(last), tokens: dimValue(v.shape[v.shape.length - 2] ?? 1), ...rank };
    }
    default:
      return {};
  }
}
