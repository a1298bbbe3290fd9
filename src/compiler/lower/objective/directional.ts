/** The exact derivative of a value along a direction, computed by differentiating backwards twice. */
// Tested by test/compiler/lower/objective/elaborate.test.ts.
import { vjp } from '../../autodiff/gradients';
import { scalar, type Value } from '../../ir/graph';
import { add, mul } from '../../ops/elementwise';
import { broadcastTo } from '../../ops/movement';
import { reduceSum } from '../../ops/reduction';

/**
 * d/dε of y with each of `at` moved by ε times its direction, in the shape of y; `along` has the shapes of `at`. The cotangents of
 * `at` are linear in that of y, so their product with the direction, differentiated by that of y, is the derivative. The
 * values of the cotangents themselves are not needed, and dead code elimination removes them.
 */
export function directionalDerivative(y: Value, at: readonly Value[], along: readonly Value[]): Value {
  const cotangent = zerosLike(y);
  const products = vjp(y, cotangent, at).flatMap((g, i) => (g ? [sumOf(mul(g, along[i]))] : []));
  if (products.length === 0) return zerosLike(y);
  const [derivative] = vjp(
    products.reduce((a, b) => add(a, b)),
    scalar(1),
    [cotangent],
  );
  return derivative ?? zerosLike(y);
}

function zerosLike(x: Value): Value {
  return broadcastTo(scalar(0), { shape: x.shape });
}

function sumOf(x: Value): Value {
  return reduceSum(x, { axes: x.shape.map((_, i) => i) });
}
