/** The whole interpreter of the language: a context, with the functions that evaluate expressions and bodies. */
// Tested by test/specs/shipped.test.ts.
import type { Names } from '../bind/names';
import { Context, type ContextOptions } from './context';
import { evaluateExpression } from './expressions';
import { evaluateBody } from './statements';

export function newContext(names: Names, options: ContextOptions = {}): Context {
  return new Context(names, { expression: evaluateExpression, body: evaluateBody }, options);
}
