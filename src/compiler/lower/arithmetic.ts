/** Operators: static arithmetic on hyper-parameters and sizes, and elementwise ops when a tensor takes part. */
import { addDims, divDims, mulDims, subDims, type Dim } from '../ir/dims';
import { scalar, type Value } from '../ir/graph';
import * as elementwise from '../ops/elementwise';
import type { BinaryOperator } from '../syntax/ast';
import type { Span } from '../source';
import type { Context } from './context';
import { combine } from './tensors';
import {
  asDim,
  describe,
  dimValue,
  formatNumber,
  numberValue,
  sameStatic,
  tensorValue,
  type Evaluated,
  type NumberValue,
  type RatioValue,
  type SizeValue,
  type TensorValue,
} from './values';

type TensorOp = (a: Value, b: Value) => Value;

const tensorOps: { readonly [O in BinaryOperator]?: TensorOp } = {
  '+': (a, b) => elementwise.add(a, b),
  '-': (a, b) => elementwise.sub(a, b),
  '*': (a, b) => elementwise.mul(a, b),
  '/': (a, b) => elementwise.div(a, b),
  '^': (a, b) => elementwise.pow(a, b),
  '<': (a, b) => elementwise.less(a, b),
  '<=': (a, b) => elementwise.lessEqual(a, b),
  '>': (a, b) => elementwise.greater(a, b),
  '>=': (a, b) => elementwise.greaterEqual(a, b),
  '==': (a, b) => elementwise.equal(a, b),
  and: (a, b) => elementwise.logicalAnd(a, b),
  or: (a, b) => elementwise.logicalOr(a, b),
};

/** `left operator right`. Operands are not poison. */
export function binary(
  ctx: Context,
  operator: BinaryOperator,
  left: Evaluated,
  right: Evaluated,
  span: Span,
): Evaluated {
  if (left.kind === 'tensor' || right.kind === 'tensor') return tensorBinary(ctx, operator, left, right, span);
  const result =
    operator === '==' || operator === '!='
      ? compareEqual(operator, left, right)
      : (numbers(ctx, operator, left, right, span) ??
        symbolic(operator, left, right) ??
        sizes(ctx, operator, left, right, span) ??
        ratios(ctx, operator, left, right, span) ??
        booleans(operator, left, right));
  return result ?? ctx.fail('operator-kinds', span, { operator, left: describe(left), right: describe(right) });
}

function tensorBinary(
  ctx: Context,
  operator: BinaryOperator,
  left: Evaluated,
  right: Evaluated,
  span: Span,
): Evaluated {
  const op = tensorOps[operator];
  const a = asTensor(left);
  const b = asTensor(right);
  if (!op || !a || !b || a.classes !== null || b.classes !== null) {
    return ctx.fail('operator-kinds', span, { operator, left: describe(left), right: describe(right) });
  }
  return combine(ctx, op, a, b, (reason) =>
    ctx.fail('broadcast-mismatch', span, { left: describe(left), right: describe(right), operator, reason }),
  );
}

/** A tensor, or a number as a scalar tensor. */
export function asTensor(v: Evaluated): TensorValue | null {
  if (v.kind === 'tensor') return v;
  return v.kind === 'number' ? tensorValue(scalar(v.value), false) : null;
}

function compareEqual(operator: '==' | '!=', left: Evaluated, right: Evaluated): Evaluated | null {
  const comparable = left.kind === right.kind || (asDim(left) !== null && asDim(right) !== null);
  if (!comparable) return null;
  return { kind: 'boolean', value: sameStatic(left, right) === (operator === '==') };
}

function numbers(
  ctx: Context,
  operator: BinaryOperator,
  left: Evaluated,
  right: Evaluated,
  span: Span,
): Evaluated | null {
  if (left.kind !== 'number' || right.kind !== 'number') return null;
  const [a, b] = [left.value, right.value];
  const ints = left.isInteger && right.isInteger;
  switch (operator) {
    case '+':
      return numberValue(a + b, ints);
    case '-':
      return numberValue(a - b, ints);
    case '*':
      return numberValue(a * b, ints);
    case '^':
      return numberValue(a ** b, ints && b >= 0);
    case '/':
    case '%':
      return divideNumbers(ctx, operator, left, right, span);
    case ':':
      return ints ? { kind: 'ratio', left: a, right: b } : null;
    case '<':
      return { kind: 'boolean', value: a < b };
    case '<=':
      return { kind: 'boolean', value: a <= b };
    case '>':
      return { kind: 'boolean', value: a > b };
    case '>=':
      return { kind: 'boolean', value: a >= b };
    default:
      return null;
  }
}

function divideNumbers(
  ctx: Context,
  operator: '/' | '%',
  left: NumberValue,
  right: NumberValue,
  span: Span,
): Evaluated {
  const text = `${formatNumber({ ...left, text: null })} ${operator} ${formatNumber({ ...right, text: null })}`;
  if (right.value === 0) return ctx.fail('division-by-zero', span, { text });
  const ints = left.isInteger && right.isInteger;
  if (operator === '%') return numberValue(left.value % right.value, ints);
  const quotient = left.value / right.value;
  return numberValue(quotient, ints && Number.isInteger(quotient), text);
}

function symbolic(operator: BinaryOperator, left: Evaluated, right: Evaluated): Evaluated | null {
  const [a, b] = [asDim(left), asDim(right)];
  if (a === null || b === null) return null;
  const apply: { readonly [O in BinaryOperator]?: () => Dim | null } = {
    '+': () => addDims(a, b),
    '-': () => subDims(a, b),
    '*': () => mulDims(a, b),
    '/': () => divDims(a, b),
  };
  const result = apply[operator]?.();
  return result === null || result === undefined ? null : dimValue(result);
}

function sizes(
  ctx: Context,
  operator: BinaryOperator,
  left: Evaluated,
  right: Evaluated,
  span: Span,
): Evaluated | null {
  if (left.kind !== 'size') return null;
  const by: SizeValue | null =
    right.kind === 'size'
      ? right
      : right.kind === 'number' && right.isInteger
        ? { kind: 'size', height: right.value, width: right.value }
        : null;
  if (!by || (operator !== '/' && operator !== '*' && operator !== '%')) return null;
  if (operator === '*') return { kind: 'size', height: left.height * by.height, width: left.width * by.width };
  if (by.height === 0 || by.width === 0) return ctx.fail('division-by-zero', span, { text: 'The size' });
  if (operator === '%') return numberValue((left.height % by.height) + (left.width % by.width), true);
  const [height, width] = [left.height / by.height, left.width / by.width];
  if (!Number.isInteger(height) || !Number.isInteger(width)) {
    const found = `${left.height}x${left.width} / ${by.height}x${by.width} = ${height}x${width}`;
    return ctx.fail('not-an-integer', span, {
      what: 'A size',
      found,
      nearest: divisorHint(left, 'Both sides are divided by'),
    });
  }
  return { kind: 'size', height, width };
}

function ratios(
  ctx: Context,
  operator: BinaryOperator,
  left: Evaluated,
  right: Evaluated,
  span: Span,
): Evaluated | null {
  if (right.kind !== 'ratio' || left.kind !== 'number') return null;
  const r: RatioValue = right;
  if (operator === '%') return numberValue((left.value * r.right) % r.left, true);
  if (operator === '*') return numberValue((left.value * r.left) / r.right);
  if (operator !== '/') return null;
  if (r.left === 0) return ctx.fail('division-by-zero', span, { text: `${left.value} / ${r.left}:${r.right}` });
  return numberValue((left.value * r.right) / r.left, undefined, `${left.value} / ${r.left}:${r.right}`);
}

function booleans(operator: BinaryOperator, left: Evaluated, right: Evaluated): Evaluated | null {
  if (left.kind !== 'boolean' || right.kind !== 'boolean') return null;
  if (operator === 'and') return { kind: 'boolean', value: left.value && right.value };
  if (operator === 'or') return { kind: 'boolean', value: left.value || right.value };
  return null;
}

/** `Both sides are divided by 1, 2, 4, …`. */
function divisorHint(size: SizeValue, lead: string): string {
  const common = divisors(size.height).filter((d) => size.width % d === 0);
  return `${lead} ${common.slice(0, 16).join(', ')}.`;
}

/** All divisors of a whole number, ascending. */
export function divisors(n: number): number[] {
  const small: number[] = [];
  const large: number[] = [];
  for (let d = 1; d * d <= n; d++) {
    if (n % d !== 0) continue;
    small.push(d);
    if (d * d !== n) large.unshift(n / d);
  }
  return [...small, ...large];
}
