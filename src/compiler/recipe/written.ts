/** Reads expressions of sections that are not calls of a setting: a number, a place in a model, or a model. */
// Tested by test/compiler/recipe/choices.test.ts.
import { sourceOf } from '../bind/signature';
import type { Expression } from '../syntax/ast';

/** A model with the text of its hyper-parameters. */
export interface ModelCall {
  readonly model: string;
  readonly set: { readonly [name: string]: string };
}

/** The value of a number literal, possibly negative; null for other expressions. */
export function numberOf(e: Expression): number | null {
  if (e.kind === 'number') return e.value;
  if (e.kind === 'unary' && e.operator === '-' && e.operand.kind === 'number') return -e.operand.value;
  return null;
}

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
