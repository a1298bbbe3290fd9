/** How a train step computes `dropout` and `drop_path`. */
// Tested by test/compiler/programs/draws.test.ts.
import type { Shape } from '../ir/dims';
import type { Value } from '../ir/graph';
import { less, mul, select } from '../ops/elementwise';
import type { DropoutAttrs } from '../ops/in-training';

/** `x`, [batch, …], with a share `rate` set to zero and the rest divided by 1 - `rate`; `uniform` draws from [0, 1). */
export function dropped(x: Value, { rate, over }: DropoutAttrs, uniform: (shape: Shape) => Value): Value {
  const shape = over === 'elements' ? x.shape : x.shape.map((d, i) => (i === 0 ? d : 1));
  return select(less(uniform(shape), rate), 0, mul(x, 1 / (1 - rate)));
}
