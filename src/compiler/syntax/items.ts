/** Settings may hold one value or several. */
// Tested by test/compiler/recipe/choices.test.ts.
import type { Expression } from './ast';

/** The items of a list or tuple; any other value is one item. */
export function itemsOf(value: Expression): readonly Expression[] {
  return value.kind === 'list' || value.kind === 'tuple' ? value.items : [value];
}
