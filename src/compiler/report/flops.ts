/** FLOPs of one value: the cost rule of its op with all sizes known. */
// Tested by test/compiler/report/costs.test.ts.
import { bindShape, staticSize, type Bindings } from '../ir/dims';
import type { Value } from '../ir/graph';
import { noFlops, type Flops } from '../ops/cost';

/** The costs of one value once symbols are bound; operands are not included. */
export function flopsOf(v: Value, bindings: Bindings): Flops {
  if (!v.op) return noFlops;
  return v.op.flops(
    v.inputs.map((x) => bound(x, bindings)),
    bound(v, bindings),
    v.attrs,
  );
}

/** The number of elements of a value once symbols are bound. */
export function sizeIn(v: Value, bindings: Bindings): number {
  return staticSize(bound(v, bindings));
}

function bound(v: Value, bindings: Bindings): number[] {
  return bindShape(v.shape, bindings).map((d) => {
    if (typeof d === 'number') return d;
    throw new Error(`a report needs a number for every symbol; ${d} has none`);
  });
}
