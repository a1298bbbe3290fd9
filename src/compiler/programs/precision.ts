/** Mixed precision: matrix products on half-precision operands, everything else in float32. */
import { inScope, type Value } from '../ir/graph';
import { expandComposites, transform } from '../ir/substitute';
import type { Precision } from '../lower/recipe';
import { attention, maskedAttention } from '../ops/attention';
import { conv2d } from '../ops/convolution';
import { rebuild, type AnyOp } from '../ops/define';
import { cast } from '../ops/elementwise';
import { linear, matmul } from '../ops/linalg';

/**
 * The same values with every matrix product on operands cast to `precision` and its result cast back. Softmax, norms,
 * losses and sums stay in f32. Applied before differentiation, so that the products of gradients follow.
 */
export function withPrecision(roots: readonly Value[], precision: Precision): Value[] {
  if (precision === 'f32') return [...roots];
  const [attentions, products] = [opSet(attention, maskedAttention), opSet(linear, matmul, conv2d)];
  // Attention is written out, so that the softmax between its two products keeps f32.
  const expanded = expandComposites(roots, (op) => attentions.has(op));
  return transform(expanded, new Map(), (v, inputs) => {
    const rebuilt = rebuild(v, inputs);
    return rebuilt.op && products.has(rebuilt.op) ? halved(rebuilt, precision) : rebuilt;
  });
}

/** The op on cast operands; one cast serves all users of an operand once equal values are shared. */
function halved(v: Value, dtype: Exclude<Precision, 'f32'>): Value {
  const operands = (): Value[] => v.inputs.map((x) => (x.dtype === 'f32' ? cast(x, { dtype }) : x));
  return inScope(v.scope, () => cast(rebuild(v, operands()), { dtype: v.dtype }));
}

function opSet(...ops: readonly unknown[]): ReadonlySet<AnyOp> {
  return new Set(ops as readonly AnyOp[]);
}
