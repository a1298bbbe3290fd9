/** Reads expressions of sections that are not calls of a setting: a number or arithmetic with numbers, a place in a model, or a model. */
// Tested by test/compiler/recipe/choices.test.ts.
import { sourceOf } from '../bind/signature';
import { ownValue } from '../own-value';
import type { BinaryOperator, Expression } from '../syntax/ast';

/** A model with the text of its hyper-parameters. */
export interface ModelCall {
  readonly model: string;
  readonly set: { readonly [name: string]: string };
}

/** The value of a number, possibly negative, or of arithmetic with numbers; null for other expressions, and for what is not finite. */
export function numberOf(e: Expression): number | null {
  if (e.kind === 'number') return e.value;
  if (e.kind === 'unary' && e.operator === '-') return arithmetic('-', 0, numberOf(e.operand));
  return e.kind === 'binary' ? arithmetic(e.operator, numberOf(e.left), numberOf(e.right)) : null;
}

function arithmetic(operator: BinaryOperator, a: number | null, b: number | null): number | null {
  const compute = ownValue(operators, operator);
  const value = a === null || b === null || !compute ? null : compute(a, b);
  return value !== null && Number.isFinite(value) ? value : null;
}

const operators: { readonly [O in BinaryOperator]?: (a: number, b: number) => number } = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': (a, b) => a ** b,
};

/** The path of a place in a model; blocks of a repetition are counted from 1 here and from 0 in paths. */
export function placeOf(e: Expression): string | null {
  if (e.kind === 'string') return e.value;
  if (e.kind === 'name') return e.name;
  if (e.kind === 'member') {
    const object = placeOf(e.object);
    return object && `${object}.${e.property.name}`;
  }
  if (e.kind !== 'index') return null;
  const [object, index] = [placeOf(e.object), numberOf(e.index)];
  return object !== null && index !== null && Number.isInteger(index) && index >= 1 ? `${object}.${index - 1}` : null;
}

/** `Model`, or `Model(width: 384)`. */
export function modelOf(e: Expression): ModelCall | null {
  const [callee, given] = e.kind === 'call' ? [e.callee, e.args] : [e, []];
  if (callee.kind !== 'name') return null;
  const set = given.flatMap((a) => (a.name ? [[a.name.name, sourceOf(a.value)] as const] : []));
  return { model: callee.name, set: Object.fromEntries(set) };
}
