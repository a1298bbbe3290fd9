/** Weights that rows are looked up in (label tables), whose gradients touch a few rows only. */
// Tested by test/compiler/lower/optimizer/elaborate.test.ts.
import { topological, type Value } from '../../ir/graph';
import { is } from '../../ops/define';
import { gather } from '../../ops/indexing';

export function lookedUp(results: readonly Value[]): ReadonlySet<Value> {
  return new Set(topological(results).flatMap((v) => (is(v, gather) ? [v.inputs[0]] : [])));
}
