/** Giving symbols their values throughout a program. */
import { apply } from '../ops/define';
import { bindDim, bindShape, isStatic, SymbolicDim, type Substitution } from './dims';
import { rootsOf, Value, type Program } from './graph';
import { transform } from './substitute';

/** The program with the symbols that `bindings` names replaced in every shape and attribute; variables stay the same objects. */
export function bindProgram(program: Program, bindings: Substitution): Program {
  const done = new Map<Value, Value>();
  transform([...program.inputs, ...rootsOf(program)], done, (v, inputs) => bound(v, inputs, bindings));
  const of = (v: Value): Value => done.get(v) as Value;
  return {
    name: program.name,
    inputs: program.inputs.map(of),
    outputs: Object.fromEntries(Object.entries(program.outputs).map(([name, v]) => [name, of(v)])),
    updates: program.updates.map((u) => ({ variable: u.variable, value: of(u.value) })),
  };
}

/** Names of the symbols in a value's shape. */
export function symbolsOf(v: Value): string[] {
  return v.shape.flatMap((d) =>
    typeof d === 'number' ? [] : [...d.terms.keys()].flatMap((monomial) => monomial.split('*')).filter(Boolean),
  );
}

function bound(v: Value, inputs: readonly Value[], bindings: Substitution): Value {
  if (!v.op) {
    if (isStatic(v.shape)) return v;
    return new Value(null, [], v.attrs, { ...v.type, shape: bindShape(v.shape, bindings) }, v.leaf, v.scope);
  }
  const attrs = boundAttr(v.attrs, bindings) as object;
  if (attrs === v.attrs && inputs.every((x, i) => x === v.inputs[i])) return v;
  return apply(v.op, inputs, attrs, v.scope);
}

/** An attribute with symbols replaced, at any depth; the same object where there are none. */
function boundAttr(attr: unknown, bindings: Substitution): unknown {
  if (attr instanceof SymbolicDim) return bindDim(attr, bindings);
  if (typeof attr !== 'object' || attr === null) return attr;
  if (Array.isArray(attr)) {
    const items = attr.map((a) => boundAttr(a, bindings));
    return items.every((a, i) => a === attr[i]) ? attr : items;
  }
  const entries = Object.entries(attr).map(([k, a]): [string, unknown] => [k, boundAttr(a, bindings)]);
  return entries.every(([k, a]) => a === (attr as Record<string, unknown>)[k]) ? attr : Object.fromEntries(entries);
}
