/** Which process holds which variables, where each has its share of the weights. */
// Tested by test/train/devices.test.ts.
import { staticSize } from '../../compiler/ir/dims';
import type { Variable } from '../../compiler/ir/graph';

/**
 * The owner of each weight, by its name: whole weights are shared out, the largest first, to the process that has least. Optimisers that
 * look at whole matrices need not know of it.
 */
export function ownersOf(weights: readonly Variable[], devices: number): ReadonlyMap<string, number> {
  const held = new Array<number>(devices).fill(0);
  const bySize = weights
    .map((w) => ({ name: w.leaf.name, size: staticSize(w.shape) }))
    .toSorted((a, b) => b.size - a.size);
  return new Map(
    bySize.map(({ name, size }) => {
      const owner = held.indexOf(Math.min(...held));
      held[owner] += size;
      return [name, owner];
    }),
  );
}

/** The weight that a variable goes with: its moments, averages and sums are called `m/WEIGHT` and the like. */
export function weightOf(variable: string): string {
  return variable.slice(variable.lastIndexOf('/') + 1);
}
