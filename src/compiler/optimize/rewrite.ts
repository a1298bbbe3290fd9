/** Rewrite rules written with the ops themselves: an op applied to a hole is a pattern, which is matched against values of a graph. */
// Tested by test/compiler/optimize/rules/rules.test.ts.
import { dimsEqual, shapesEqual, SymbolicDim, type Dim } from '../ir/dims';
import { inScope, type Value } from '../ir/graph';
import { asValue, Pattern, type AnyOp } from '../ops/define';

export interface Rewrite {
  readonly name: string;
  /** One sentence or formula. */
  readonly doc: string;
  /** The op at the root of the pattern. */
  readonly root: AnyOp;
  /** The replacement, of the same type as `v`, or null if the rule does not apply. */
  readonly apply: (v: Value) => Value | null;
  /** Why the rule does not apply; null if it does. */
  readonly explain: (v: Value) => string | null;
}

/** The values matched by a pattern's holes, by name. */
export type Holes = { readonly [name: string]: Value };
/** Holes in attributes; their type is accepted for any attribute. */
type AttributeHoles<A> = { readonly [K in keyof A]-?: never };

/** If a rule ignores attributes, any name is a hole. */
type NoAttributes = { readonly [name: string]: never };

interface Rule<A extends object> {
  readonly match: (v: Holes, attrs: AttributeHoles<A>) => Value;
  readonly replace: (v: Holes, attrs: A, result: Value) => Value | number;
  /** True, or the reason why the rule does not apply here. */
  readonly when?: (v: Holes, attrs: A, result: Value) => true | string;
}

/** A rule. Operands of commutative ops match in either order; a number matches a constant of that value in any shape. */
export function rewrite<A extends object = NoAttributes>(name: string, doc: string, rule: Rule<A>): Rewrite {
  const pattern = rule.match(valueHoles, attributeHoles as AttributeHoles<A>);
  if (!pattern.op) throw new Error(`rewrite ${name}: the pattern is a lone hole`);
  const outcome = (v: Value): Value | string => {
    if (!resembles(pattern, v)) return 'it does not look like the pattern';
    let reason = 'it does not look like the pattern';
    for (const { values, attrs: found } of unify(pattern, v, { values: {}, attrs: {} })) {
      const attrs = found as A;
      const applies = rule.when?.(values, attrs, v) ?? true;
      if (applies === true) {
        const replacement = inScope(v.scope, () => asValue(rule.replace(values, attrs, v), v.dtype));
        const fits = replacement.dtype === v.dtype && shapesEqual(replacement.shape, v.shape);
        return fits ? replacement : 'what would replace it has another type';
      }
      reason = applies;
    }
    return reason;
  };
  return {
    name,
    doc,
    root: pattern.op,
    apply: (v) => valueOr(outcome(v), null),
    explain: (v) => {
      const out = outcome(v);
      return typeof out === 'string' ? out : null;
    },
  };
}

function valueOr<T>(outcome: Value | string, other: T): Value | T {
  return typeof outcome === 'string' ? other : outcome;
}

/** The number that all elements of a constant equal, or null. */
export function constantNumber(v: Value): number | null {
  if (v.leaf?.kind !== 'constant') return null;
  const { data } = v.leaf.data;
  if (data.length === 0 || data.length > 4096) return null;
  return data.every((x) => Object.is(x, data[0])) ? data[0] : null;
}

class AttributeHole {
  constructor(readonly name: string) {}
}

interface Found {
  readonly values: { readonly [name: string]: Value };
  readonly attrs: { readonly [name: string]: unknown };
}

const valueHoles: Holes = new Proxy({}, { get: (_, name) => new Pattern(null, [], {}, String(name)) });
const attributeHoles = new Proxy({}, { get: (_, name) => new AttributeHole(String(name)) });
/** Whether a value has the ops and constants of the pattern. Most values fail here, before anything is allocated. */
function resembles(pattern: Value, v: Value): boolean {
  if (pattern.leaf) return v.leaf?.kind === 'constant';
  if (!pattern.op) return true;
  if (pattern.op !== v.op) return false;
  const [p, x] = [pattern.inputs, v.inputs];
  if (p.length !== 2) return p.every((q, i) => resembles(q, x[i]));
  if (resembles(p[0], x[0]) && resembles(p[1], x[1])) return true;
  return v.op.traits.commutative && resembles(p[0], x[1]) && resembles(p[1], x[0]);
}

/** Every way in which the holes fit, since a rule's `when` may want another than the first. */
function* unify(pattern: Value, v: Value, found: Found): Generator<Found> {
  if (pattern instanceof Pattern && pattern.hole !== null) {
    const bound = found.values[pattern.hole];
    if (!bound) yield { ...found, values: { ...found.values, [pattern.hole]: v } };
    else if (bound === v) yield found;
    return;
  }
  if (pattern.leaf?.kind === 'constant') {
    if (constantNumber(v) === pattern.leaf.data.data[0]) yield found;
    return;
  }
  if (!v.op || pattern.op !== v.op || pattern.inputs.length !== v.inputs.length) return;
  const withAttrs = unifyAttrs(pattern.attrs, v.attrs, found);
  if (!withAttrs) return;
  yield* unifyAll(pattern.inputs, v.inputs, withAttrs);
  if (v.op.traits.commutative) yield* unifyAll(pattern.inputs, [v.inputs[1], v.inputs[0]], withAttrs);
}

function* unifyAll(patterns: readonly Value[], values: readonly Value[], found: Found): Generator<Found> {
  if (patterns.length === 0) {
    yield found;
    return;
  }
  for (const first of unify(patterns[0], values[0], found)) yield* unifyAll(patterns.slice(1), values.slice(1), first);
}

function unifyAttrs(pattern: object, attrs: object, found: Found): Found | null {
  const bound: { [name: string]: unknown } = {};
  for (const [key, want] of Object.entries(pattern)) {
    const got: unknown = Reflect.get(attrs, key);
    if (want instanceof AttributeHole) bound[want.name] = got;
    else if (!attributesEqual(want, got)) return null;
  }
  return { ...found, attrs: { ...found.attrs, ...bound } };
}

/** Attributes are plain JSON, except that dimensions may be symbolic. */
function attributesEqual(a: unknown, b: unknown): boolean {
  if (a instanceof SymbolicDim || b instanceof SymbolicDim) return isDim(a) && isDim(b) && dimsEqual(a, b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => attributesEqual(x, b[i]));
  return Object.is(a, b) || JSON.stringify(a) === JSON.stringify(b);
}

function isDim(x: unknown): x is Dim {
  return typeof x === 'number' || x instanceof SymbolicDim;
}
