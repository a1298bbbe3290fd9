/** Operators: static arithmetic on hyper-parameters and sizes, and elementwise ops if an operand is a tensor. */
// Tested by test/compiler/lower/kinds.test.ts.
import { scalar, type Value } from '../ir/graph';
import { dimension } from '../ops/creation';
import * as elementwise from '../ops/elementwise';
import type { BinaryOperator } from '../syntax/ast';
import type { Span } from '../source';
import { sizeRange } from '../bind/number-range';
import type { Context } from './context';
import { finite, inRange, inSinglePrecision } from './numbers';
import { equalSizes, ratios, sizes, symbolic, type Operation, type OperatorRule } from './sizes';
import { asNumbers, combine } from './tensors';
import {
  describe,
  formatNumber,
  numberValue,
  sameStatic,
  tensorValue,
  type Evaluated,
  type NumberValue,
  type TensorValue,
} from './values';

type TensorOp = (a: Value, b: Value) => Value;

/** Operators on numbers. */
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
  '!=': (a, b) => elementwise.logicalNot(elementwise.equal(a, b)),
};

/** Operators on Bools and on tensors of true and false. */
const logicOps: { readonly [O in BinaryOperator]?: TensorOp } = {
  and: (a, b) => elementwise.logicalAnd(a, b),
  or: (a, b) => elementwise.logicalOr(a, b),
};

/** `left operator right`. Operands are not poison. */
export function binary(ctx: Context, operation: Operation): Evaluated {
  const { operator, left, right, span } = operation;
  const isLack = compareNone(operation);
  if (isLack) return isLack;
  if (left.kind === 'tensor' || right.kind === 'tensor') return tensorBinary(ctx, operation);
  const result =
    operator === '==' || operator === '!='
      ? compareEqual(ctx, operation)
      : (numbers(ctx, operation) ??
        symbolic(ctx, operation) ??
        sizes(ctx, operation) ??
        ratios(ctx, operation) ??
        booleans(operation) ??
        fractions(ctx, operation));
  return result ?? ctx.fail('operator-kinds', span, { operator, left: describe(left), right: describe(right) });
}

/** `mask == none`: whether a value of any kind is given. Null for other comparisons. */
function compareNone({ operator, left, right }: Operation): Evaluated | null {
  const lacks = [left, right].filter((v) => v.kind === 'word' && v.name === 'none').length;
  if (lacks === 0 || (operator !== '==' && operator !== '!=')) return null;
  return { kind: 'boolean', value: (lacks === 2) === (operator === '==') };
}

function tensorBinary(ctx: Context, { operator, left, right, span }: Operation): Evaluated {
  const op = tensorOps[operator] ?? logicOps[operator];
  const operand = logicOps[operator] ? asLogic : asOperand;
  const [a, b] = [operand(left), operand(right)];
  for (const v of [left, right]) inSinglePrecision(ctx, v, span);
  if (operator === '/' && isZero(right)) return ctx.fail('division-by-zero', span, { text: `${describe(left)} / 0` });
  if (!op || !a || !b) {
    return ctx.fail('operator-kinds', span, { operator, left: describe(left), right: describe(right) });
  }
  const mismatch = (reason: string): never =>
    ctx.fail('broadcast-mismatch', span, { left: describe(left), right: describe(right), operator, reason });
  return combine(ctx, op, [a, b], mismatch);
}

function isZero(v: Evaluated): boolean {
  return (v.kind === 'number' || v.kind === 'dim') && v.value === 0;
}

/** A tensor of numbers; null for class labels and tokens, which can only index tables. */
function asOperand(v: Evaluated): TensorValue | null {
  const t = asTensor(v);
  return t && t.classes === null ? asNumbers(t) : null;
}

/** A tensor of true and false, such as the result of a comparison; a Bool becomes a scalar one. */
function asLogic(v: Evaluated): TensorValue | null {
  if (v.kind === 'boolean') return tensorValue(scalar(Number(v.value), 'bool'), false);
  return v.kind === 'tensor' && v.value.dtype === 'bool' ? v : null;
}

/** A tensor; a number becomes a scalar tensor, and so does a symbolic size, whose number is known when the model runs. */
export function asTensor(v: Evaluated): TensorValue | null {
  if (v.kind === 'tensor') return v;
  if (v.kind === 'dim') return tensorValue(dimension({ size: v.value }), false);
  return v.kind === 'number' ? tensorValue(scalar(v.value), false) : null;
}

function compareEqual(ctx: Context, { operator, left, right, span }: Operation): Evaluated | null {
  const equal = equalSizes(ctx, left, right, span) ?? sameItems(ctx, left, right, span);
  return equal === null ? null : { kind: 'boolean', value: equal === (operator === '==') };
}

/** Whether two tuples or lists have equal items; null for values that cannot be compared. */
function sameItems(ctx: Context, left: Evaluated, right: Evaluated, span: Span): boolean | null {
  if ((left.kind !== 'tuple' && left.kind !== 'list') || right.kind !== left.kind) return sameStatic(left, right);
  ctx.step(span, left.items.length);
  if (left.items.length !== right.items.length) return false;
  const answers = left.items.map((item, i) => sameItems(ctx, item, right.items[i], span));
  return answers.includes(null) ? null : !answers.includes(false);
}

/** `16 / grid.height` of an open size is not a whole number, so it becomes a scalar tensor. */
const fractions: OperatorRule = (ctx, operation) => {
  const { operator, left, right } = operation;
  const isNumber = (v: Evaluated): boolean => v.kind === 'dim' || v.kind === 'number';
  if (!isNumber(left) || !isNumber(right) || !['+', '-', '*', '/', '^'].includes(operator)) return null;
  return tensorBinary(ctx, operation);
};

const numbers: OperatorRule = (ctx, { operator, left, right, span }) => {
  if (left.kind !== 'number' || right.kind !== 'number') return null;
  const [a, b] = [left.value, right.value];
  const ints = left.isInteger && right.isInteger;
  const result = (value: number, isInteger: boolean): NumberValue => {
    if (Number.isFinite(value)) return numberValue(value, isInteger);
    return finite(ctx, numberValue(value, false, textOf(operator, left, right)), span);
  };
  switch (operator) {
    case '+':
      return result(a + b, ints);
    case '-':
      return result(a - b, ints);
    case '*':
      return result(a * b, ints);
    case '^':
      return result(a ** b, ints && b >= 0);
    case '/':
    case '%':
      return divideNumbers(ctx, { operator, left, right, span });
    case ':':
      if (!ints) return null;
      for (const side of [left, right]) inRange(ctx, side, { what: 'A side of a ratio', span }, sizeRange);
      return { kind: 'ratio', left: a, right: b };
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
};

function divideNumbers(ctx: Context, { operator, left, right, span }: Operation<NumberValue>): Evaluated {
  const text = textOf(operator, left, right);
  if (right.value === 0) return ctx.fail('division-by-zero', span, { text });
  const ints = left.isInteger && right.isInteger;
  if (operator === '%') return numberValue(left.value % right.value, ints);
  const quotient = left.value / right.value;
  if (!Number.isFinite(quotient)) return finite(ctx, numberValue(quotient, false, text), span);
  return numberValue(quotient, ints && Number.isInteger(quotient), text);
}

/** `64 / 5`, for messages. */
function textOf(operator: BinaryOperator, left: NumberValue, right: NumberValue): string {
  return `${formatNumber({ ...left, text: null })} ${operator} ${formatNumber({ ...right, text: null })}`;
}

function booleans({ operator, left, right }: Operation): Evaluated | null {
  if (left.kind !== 'boolean' || right.kind !== 'boolean') return null;
  if (operator === 'and') return { kind: 'boolean', value: left.value && right.value };
  if (operator === 'or') return { kind: 'boolean', value: left.value || right.value };
  return null;
}
