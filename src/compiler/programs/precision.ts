/** Mixed precision: matrix products on half-precision operands, everything else in float32. */
// Tested by test/compiler/programs/train-step.test.ts.
import { inScope, type Value } from '../ir/graph';
import { expandComposites, transform } from '../ir/substitute';
import type { Precision } from '../recipe/index';
import { rebuild } from '../ops/define';
import { cast } from '../ops/elementwise';

/**
 * The same values, with the operands of every matrix product cast to `precision` and its result cast back. Softmax, norms,
 * losses and sums stay in f32. This runs before differentiation, so it also affects the products in gradients.
 */
export function withPrecision(roots: readonly Value[], precision: Precision): Value[] {
  if (precision === 'f32') return [...roots];
  // Attention is expanded, so that the softmax between its two products stays in f32.
  const expanded = expandComposites(roots, ({ traits }) => traits.half === 'mixed');
  return transform(expanded, new Map(), (v, inputs) => {
    const rebuilt = rebuild(v, inputs);
    return rebuilt.op?.traits.half === 'product' ? halved(rebuilt, precision) : rebuilt;
  });
}

/** The op on cast operands; one cast serves all users of an operand once equal values are shared. */
function halved(v: Value, dtype: Exclude<Precision, 'f32'>): Value {
  const operands = (): Value[] => v.inputs.map((x) => (x.dtype === 'f32' ? cast(x, { dtype }) : x));
  return inScope(v.scope, () => cast(rebuild(v, operands()), { dtype: v.dtype }));
}
