/** Sums that XLA on CPU would compute slowly, and what makes it compute them fast. */
import { sizeOf } from '../../compiler/ir/dims';
import { topological, type Value } from '../../compiler/ir/graph';

/** XLA leaves sums of fewer elements to its own loops. */
const fewest = 32 * 1024;

/** What XLA takes into the loop of a sum instead of handing the sum to YNNPACK. */
const taken: ReadonlySet<string> = new Set(['mul', 'square', 'slice', 'concat', 'cast']);

/**
 * Operands of large sums that are products or rearrangements. XLA on CPU has YNNPACK compute a sum unless its operand is one
 * of these (`IsReduceOpOffloadedToYnn`); its own loops take several times as long. Such a value is written as
 * `max(value, -inf)`, which is the value, NaN included, and no product any more.
 */
export function slowlySummed(roots: readonly Value[]): Set<Value> {
  const found = new Set<Value>();
  for (const { op, inputs } of topological(roots)) {
    if (op?.opName !== 'reduce_sum') continue;
    const [x] = inputs;
    if (x.dtype === 'f32' && x.op && taken.has(x.op.opName) && Number(sizeOf(x.shape)) >= fewest) found.add(x);
  }
  return found;
}
