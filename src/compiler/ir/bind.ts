/** Replaces symbols by their values throughout a program. */
import { held } from '../invariant';
import { apply } from '../ops/define';
import { SymbolicDim, bindDim, bindShape, isStatic, linearDim, type Bindings, type Substitution } from './dims';
import { rootsOf, Value, type Program } from './graph';
import { transform } from './substitute';
import { ownValue } from '../own-value';

/** The program with the symbols of `bindings` replaced in every shape and attribute; variables stay the same objects. */
export function bindProgram(program: Program, bindings: Substitution): Program {
  const done = new Map<Value, Value>();
  transform([...program.inputs, ...rootsOf(program)], done, (v, inputs) => bound(v, inputs, bindings));
  const of = (v: Value): Value => held(done, v);
  return {
    name: program.name,
    inputs: program.inputs.map(of),
    outputs: Object.fromEntries(Object.entries(program.outputs).map(([name, v]) => [name, of(v)])),
    updates: program.updates.map((u) => ({ variable: u.variable, value: of(u.value) })),
  };
}

/**
 * Values of symbols, read from the given shapes of the inputs, by name: an axis whose size depends on one symbol decides it.
 * `fixed` wins. A size that would make the symbol no whole number decides nothing; the check of shapes reports it.
 */
export function bindingsOf(
  program: Program,
  given: { readonly [name: string]: Shaped },
  fixed: Bindings = {},
): Bindings {
  const found: { [symbol: string]: number } = { ...fixed };
  for (const { leaf, shape } of program.inputs) {
    const known = leaf?.kind === 'input' ? ownValue(given, leaf.name)?.shape : undefined;
    if (known?.length !== shape.length) continue;
    shape.forEach((d, axis) => {
      const linear = linearDim(d);
      if (!linear) return;
      const value = (known[axis] - linear.offset) / linear.coefficient;
      if (Number.isInteger(value) && !Object.hasOwn(found, linear.symbol)) found[linear.symbol] = value;
    });
  }
  return found;
}

interface Shaped {
  readonly shape: readonly number[];
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
  const attrs = boundAttrs(v.attrs, bindings);
  if (attrs === v.attrs && inputs.every((x, i) => x === v.inputs[i])) return v;
  return apply(v.op, inputs, attrs, v.scope);
}

/** An attribute with symbols replaced, at any depth; the same object if it has none. */
function boundAttr(attr: unknown, bindings: Substitution): unknown {
  if (attr instanceof SymbolicDim) return bindDim(attr, bindings);
  if (typeof attr !== 'object' || attr === null) return attr;
  if (Array.isArray(attr)) {
    const items = attr.map((a) => boundAttr(a, bindings));
    return items.every((a, i) => a === attr[i]) ? attr : items;
  }
  return boundAttrs(attr, bindings);
}

function boundAttrs(attrs: object, bindings: Substitution): object {
  const entries = Object.entries(attrs).map(([k, a]: [string, unknown]) => ({ k, a, now: boundAttr(a, bindings) }));
  return entries.every(({ a, now }) => now === a) ? attrs : Object.fromEntries(entries.map(({ k, now }) => [k, now]));
}
