/** The transpose of broadcasting, for gradients. */
// Tested by test/ops/conformance.test.ts.
import { dimsEqual } from '../ir/dims';
import type { TensorType, Value } from '../ir/graph';
import { asShape } from './broadcasting';
import { reduceSum } from './reduction';

/** Sums a cotangent over the axes along which an operand of type `to` was repeated. */
export function unbroadcast(dy: Value, to: TensorType): Value {
  const lead = dy.shape.length - to.shape.length;
  const axes = dy.shape.flatMap((d, i) => (i < lead || (to.shape[i - lead] === 1 && !dimsEqual(d, 1)) ? [i] : []));
  if (axes.length === 0) return dy;
  return asShape(reduceSum(dy, { axes, keepDims: lead === 0 }), to.shape);
}
