/** Finds weights from which rows are looked up (label tables), whose gradients are zero in all but a few rows. */
// Tested by test/compiler/lower/optimizer/elaborate.test.ts.
import { topological, type Value } from '../../ir/graph';
import { is } from '../../ops/define';
import { gather } from '../../ops/indexing';

export function lookedUp(results: readonly Value[]): ReadonlySet<Value> {
  return new Set(topological(results).flatMap((v) => (is(v, gather) ? [v.inputs[0]] : [])));
}
