/** Clipping of gradients by their global norm. */
import { scalar, type Value } from '../../ir/graph';
import { add, div, minimum, sqrt, square } from '../../ops/elementwise';
import { reduceSum } from '../../ops/reduction';

/**
 * The Euclidean norm of all gradients taken as one vector, a scalar. Backpropagation computes the last weights' gradients
 * first; in that order, no gradient has to be held until a later one is computed.
 */
export function globalNorm(gradients: readonly Value[]): Value {
  return sqrt(squaredNorm(gradients));
}

/** The square of that norm: those of parts of the gradients add up to it. */
export function squaredNorm(gradients: readonly Value[]): Value {
  return sumOf(gradients.toReversed().map((g) => reduceSum(square(g), { axes: g.shape.map((_, i) => i) })));
}

/** The factor for gradients of norm `norm` that keeps their norm at most `limit`: min(1, limit / (norm + 1e-6)). */
export function clipFactor(norm: Value, limit: Value): Value {
  return minimum(div(limit, add(norm, 1e-6)), 1);
}

/** A sum by pairs of pairs: the rounding error grows with the depth of the sum, not with its length. */
function sumOf(values: readonly Value[]): Value {
  if (values.length === 0) return scalar(0);
  if (values.length === 1) return values[0];
  const half = values.length >> 1;
  return add(sumOf(values.slice(0, half)), sumOf(values.slice(half)));
}
