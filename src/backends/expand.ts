/** Walking a graph while a backend replaces composites it has no word for: which values are next, and what a composite stands for. */
import { isComposite, named } from '../compiler/ops/define';
import { inScope, type Value } from '../compiler/ir/graph';

/** Values `root` needs that `known` does not hold yet, operands first, `root` last. Iterative: graphs of big models are deep. */
export function pending(root: Value, known: { has(v: Value): boolean }): Value[] {
  const order: Value[] = [];
  if (known.has(root)) return order;
  const seen = new Set<Value>([root]);
  const stack = [{ value: root, next: 0 }];
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    if (top.next === top.value.inputs.length) {
      order.push(top.value);
      stack.pop();
      continue;
    }
    const operand = top.value.inputs[top.next++];
    if (known.has(operand) || seen.has(operand)) continue;
    seen.add(operand);
    stack.push({ value: operand, next: 0 });
  }
  return order;
}

/** A composite in other ops on the same operands, made in the composite's own scope. */
export function expansionOf(v: Value): Value {
  if (!v.op || !isComposite(v.op)) throw new Error(`${v.op?.opName ?? 'a leaf'} is no composite and has no lowering`);
  const expand = v.op.facets.expand as unknown as (operands: object, attrs: object) => Value;
  const operands = named(v.op.facets.inputs, v.inputs);
  return inScope(v.scope, () => expand(operands, v.attrs));
}
