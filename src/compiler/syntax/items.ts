/** Settings may hold one value or several. */
// Tested by test/compiler/recipe/choices.test.ts.
import { Source } from '../source';
import type { Expression } from './ast';

/** The items of a list or tuple; any other value is one item. */
export function itemsOf(value: Expression): readonly Expression[] {
  return value.kind === 'list' || value.kind === 'tuple' ? value.items : [value];
}

/** The expressions in a part of a tree, each before those inside of it. */
export function expressionsIn(node: unknown): readonly Expression[] {
  if (Array.isArray(node)) return node.flatMap(expressionsIn);
  if (typeof node !== 'object' || node === null || node instanceof Source) return [];
  const inside = Object.values(node).flatMap(expressionsIn);
  return isExpression(node) ? [node, ...inside] : inside;
}

/** Whether an object that is part of a tree is an expression. */
export function isExpression(node: object): node is Expression {
  return 'kind' in node && 'span' in node;
}
