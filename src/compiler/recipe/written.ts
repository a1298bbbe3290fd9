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

/** The number that a name stands for; null for one that stands for none. */
export type NumberOfName = (e: Expression) => number | null;

/** The value of a number, possibly negative, or of arithmetic with numbers and names; null for other expressions, and for what is not finite. */
export function numberOf(e: Expression, named: NumberOfName = () => null): number | null {
  if (e.kind === 'number') return e.value;
  if (e.kind === 'name' || e.kind === 'member') return named(e);
  if (e.kind === 'unary' && e.operator === '-') return arithmetic('-', 0, numberOf(e.operand, named));
  return e.kind === 'binary' ? arithmetic(e.operator, numberOf(e.left, named), numberOf(e.right, named)) : null;
}

/** The names that arithmetic or a list of numbers uses as numbers. */
export function numberNames(e: Expression): readonly Expression[] {
  if (e.kind === 'name' || e.kind === 'member') return [e];
  if (e.kind === 'unary') return numberNames(e.operand);
  if (e.kind === 'tuple' || e.kind === 'list') return e.items.flatMap(numberNames);
  return e.kind === 'binary' ? [...numberNames(e.left), ...numberNames(e.right)] : [];
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
export function placeOf(e: Expression, named?: NumberOfName): string | null {
  if (e.kind === 'string') return e.value;
  if (e.kind === 'name') return e.name;
  if (e.kind === 'member') {
    const object = placeOf(e.object, named);
    return object && `${object}.${e.property.name}`;
  }
  if (e.kind !== 'index') return null;
  const [object, index] = [placeOf(e.object, named), numberOf(e.index, named)];
  return object !== null && index !== null && Number.isInteger(index) && index >= 1 ? `${object}.${index - 1}` : null;
}

/** `Model`, or `Model(width: 384)`. */
export function modelOf(e: Expression): ModelCall | null {
  const [callee, given] = e.kind === 'call' ? [e.callee, e.args] : [e, []];
  if (callee.kind !== 'name') return null;
  const set = given.flatMap((a) => (a.name ? [[a.name.name, sourceOf(a.value)] as const] : []));
  return { model: callee.name, set: Object.fromEntries(set) };
}
