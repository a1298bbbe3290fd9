/** Decides which block calls of a model become classes and functions; the others are written where they are called. */
// Tested by test/backends/pytorch/emit/model.test.ts.
import { dimsEqual } from '../../../compiler/ir/dims';
import { isVariable, topological, type Value, type Variable } from '../../../compiler/ir/graph';
import type { ModelGraph } from '../../../compiler/lower/model';
import type { BlockCall } from '../../../compiler/lower/trace';
import { is } from '../../../compiler/ops/define';
import { dropout, noise } from '../../../compiler/ops/in-training';
import { reshape } from '../../../compiler/ops/movement';

/** A call that is written as a class or a function, or the model itself, whose call is null. */
export interface Unit {
  readonly call: BlockCall | null;
  readonly kind: 'module' | 'function';
  /** The path of its weights in the model. */
  readonly path: string;
  readonly first: number;
  readonly end: number;
  readonly children: readonly Unit[];
  /** Its weights, without those of its children. */
  readonly weights: readonly Variable[];
  /** Its results, in order. */
  readonly results: readonly Value[];
  /** Whether it depends on no input and no weight: a table. */
  readonly isTable: boolean;
}

/** Facts about a model's values, known before anything is written. */
export interface Facts {
  readonly model: ModelGraph;
  /** All that the outputs and the results of calls need. */
  readonly users: ReadonlyMap<Value, readonly Value[]>;
  /** Values that depend on an input or a weight. */
  readonly moving: ReadonlySet<Value>;
}

export function factsOf(model: ModelGraph): Facts {
  const roots = [...Object.values(model.outputs), ...model.trace.calls.flatMap((c) => c.results)];
  const users = new Map<Value, Value[]>();
  const moving = new Set<Value>();
  for (const v of topological([...roots, ...model.weights])) {
    for (const x of v.inputs) users.set(x, [...(users.get(x) ?? []), v]);
    if (v.leaf ? v.leaf.kind !== 'constant' : v.inputs.some((x) => moving.has(x))) moving.add(v);
  }
  return { model, users, moving };
}

/** The model as a tree of units. */
export function unitsOf(facts: Facts): Unit {
  const { model } = facts;
  const calls = model.trace.calls.filter((c) => c.end > c.first);
  const insideOf = new Map<BlockCall | null, BlockCall[]>();
  for (const c of calls) insideOf.set(c.parent, [...(insideOf.get(c.parent) ?? []), c]);
  const build = (call: BlockCall | null, path: string): Unit => {
    const [first, end] = call ? [call.first, call.end] : [0, Infinity];
    const below = (c: BlockCall | null): BlockCall[] => insideOf.get(c) ?? [];
    // Calls that are written in place pass their own calls on.
    const spread = (c: BlockCall): BlockCall[] => (kindOf(c, path) ? [c] : below(c).flatMap(spread));
    const found = below(call).flatMap(spread);
    const paths = found.map((c) => c.path);
    const clashes = (c: BlockCall): boolean =>
      kindOf(c, path) === 'module' && paths.filter((p) => p === c.path || p.startsWith(`${c.path}.`)).length > 1;
    const isClear = (c: BlockCall): boolean => !clashes(c) || kindOf(c, path) === 'function';
    const own = found.flatMap((c) => (isClear(c) ? [c] : below(c).flatMap(spread)));
    const children = own.map((c) => build(c, kindOf(c, path) === 'module' ? c.path : path));
    const inside = (v: Value): boolean => v.id >= first && v.id < end;
    const weights = model.weights.filter((w) => inside(w) && !children.some((c) => w.id >= c.first && w.id < c.end));
    const all = call ? given(call, facts) : Object.values(model.outputs);
    const isTable = call !== null && all.length > 0 && all.every((v) => !facts.moving.has(v));
    const results = isTable || !call ? all : all.filter((v) => facts.moving.has(v));
    const kind = call ? (kindOf(call, null) ?? 'function') : 'module';
    return { call, kind, path, first, end, children, weights, results, isTable };
  };
  const kindOf = (c: BlockCall, path: string | null): Unit['kind'] | null => {
    const weights = model.weights.filter((w) => w.id >= c.first && w.id < c.end);
    if (given(c, facts).length === 0) return null;
    if (weights.length === 0) return isWorthAFunction(c, facts) ? 'function' : null;
    const isOwn = c.path !== path && weights.every((w) => w.leaf.name.startsWith(`${c.path}.`));
    return isOwn ? 'module' : null;
  };
  return build(null, '');
}

function givenBy(call: BlockCall, { users }: Facts): Value[] {
  const inside = (v: Value): boolean => v.id >= call.first && v.id < call.end;
  const results = call.results.filter((v) => inside(v) && !isVariable(v));
  const read = [...users].flatMap(([v, by]) => {
    const escapes = inside(v) && v.op !== null && !results.includes(v) && by.some((u) => !inside(u));
    return escapes ? [v] : [];
  });
  return [...new Set([...results, ...read])];
}

const known = new WeakMap<BlockCall, Value[]>();

/** The values made in a call that are read outside of it: its results, and others. */
function given(call: BlockCall, facts: Facts): Value[] {
  const found = known.get(call) ?? givenBy(call, facts);
  known.set(call, found);
  return found;
}

/** Whether it takes more than two steps. A call that draws random numbers has to know whether the model is being trained, as modules do. */
function isWorthAFunction(call: BlockCall, facts: Facts): boolean {
  const made = topological(given(call, facts)).filter((v) => v.id >= call.first && v.op !== null);
  if (made.some((v) => is<object>(v, dropout, noise))) return false;
  return made.filter((v) => !isSameShape(v)).length > 2;
}

/** The name of a value in a unit's body, if it has one there. */
export function nameIn(unit: Unit, v: Value, { model }: Facts): string | undefined {
  const isOwn = ({ first, end }: BlockCall): boolean =>
    first >= unit.first && end <= unit.end && !unit.children.some((c) => first >= c.first && end <= c.end);
  const namings = model.trace.names.get(v) ?? [];
  return namings.find(({ call }) => call === unit.call || (call !== null && isOwn(call)))?.name;
}

/** A reshape that only adds axes of one element, or changes nothing, does not count as a step. */
function isSameShape(v: Value): boolean {
  if (!is(v, reshape)) return false;
  const [a, b] = [v.inputs[0].shape, v.shape].map((s) => s.filter((d) => d !== 1));
  return a.length === b.length && a.every((d, i) => dimsEqual(d, b[i]));
}
