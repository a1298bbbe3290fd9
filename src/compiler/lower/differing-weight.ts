/** Whether two models can share their weights: a phase that changes a model goes on with those it has. */
import { formatShape } from '../ir/dims';
import type { ModelGraph } from './model';

type Weighted = Pick<ModelGraph, 'weights'>;

/** The first weight by which two models differ, as `pos: [64, 8] before, [256, 8] then`; null if they have the same. */
export function differingWeight(before: Weighted, then: Weighted): string | null {
  const shapes = (of: Weighted): Map<string, string> =>
    new Map(of.weights.map((w) => [w.leaf.name, formatShape(w.shape)]));
  const [old, now] = [shapes(before), shapes(then)];
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    const [a = 'none', b = 'none'] = [old.get(name), now.get(name)];
    if (a !== b) return `${name}: ${a} before, ${b} then`;
  }
  return null;
}
