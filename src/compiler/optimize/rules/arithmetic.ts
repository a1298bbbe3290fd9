/** Rules of arithmetic: neutral elements, double negation, and constant factors gathered into one. */
// Tested by test/compiler/optimize/rules/rules.test.ts.
import { invariant } from '../../invariant';
import type { Value } from '../../ir/graph';
import { add, div, mul, neg, sub } from '../../ops/elementwise';
import { isFloat } from '../../ops/shapes';
import { constantNumber, rewrite } from '../rewrite';

export const mulByOne = rewrite('mul-by-one', 'x · 1 = x.', { match: ({ x }) => mul(x, 1), replace: ({ x }) => x });

export const divByOne = rewrite('div-by-one', 'x / 1 = x.', { match: ({ x }) => div(x, 1), replace: ({ x }) => x });

export const addZero = rewrite('add-zero', 'x + 0 = x.', { match: ({ x }) => add(x, 0), replace: ({ x }) => x });

export const subZero = rewrite('sub-zero', 'x - 0 = x.', { match: ({ x }) => sub(x, 0), replace: ({ x }) => x });

export const negNeg = rewrite('neg-neg', '-(-x) = x.', { match: ({ x }) => neg(neg(x)), replace: ({ x }) => x });

export const addNeg = rewrite('add-neg', 'a + (-b) = a - b.', {
  match: ({ a, b }) => add(a, neg(b)),
  replace: ({ a, b }) => sub(a, b),
});

export const subNeg = rewrite('sub-neg', 'a - (-b) = a + b.', {
  match: ({ a, b }) => sub(a, neg(b)),
  replace: ({ a, b }) => add(a, b),
});

export const mulNeg = rewrite('mul-neg', '(-x) · c = x · (-c) for a constant c.', {
  match: ({ x, c }) => mul(neg(x), c),
  when: ({ c }) => isScalarConstant(c),
  replace: ({ x, c }) => mul(x, -numberIn(c)),
});

export const negMul = rewrite('neg-mul', '-(x · c) = x · (-c) for a constant c.', {
  match: ({ x, c }) => neg(mul(x, c)),
  when: ({ c }) => isScalarConstant(c),
  replace: ({ x, c }) => mul(x, -numberIn(c)),
});

export const mulMul = rewrite('mul-mul', '(x · c) · d = x · (c·d) for constants c and d.', {
  match: ({ x, c, d }) => mul(mul(x, c), d),
  when: ({ c, d }) => (isScalarConstant(c) === true ? isScalarConstant(d) : isScalarConstant(c)),
  replace: ({ x, c, d }) => mul(x, numberIn(c) * numberIn(d)),
});

/** Backends multiply faster than they divide. */
export const divByConstant = rewrite('div-by-constant', 'x / c = x · (1/c) for a constant c other than 0.', {
  match: ({ x, c }) => div(x, c),
  when: ({ c }) => (constantNumber(c) === 0 ? 'the divisor is 0' : isScalarConstant(c)),
  replace: ({ x, c }) => mul(x, 1 / numberIn(c)),
});

/** The number in a value for which `isScalarConstant` holds. */
function numberIn(c: Value): number {
  const number = constantNumber(c);
  invariant(number !== null, 'a rule takes another value for a constant');
  return number;
}

function isScalarConstant(c: Value): true | string {
  return (constantNumber(c) !== null && isFloat(c.dtype)) || 'the factor is no constant of one value';
}
