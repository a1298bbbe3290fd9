/** Constant folding: values that depend on constants alone are computed once, by the reference evaluator. */
import { isStatic, staticSize, SymbolicDim } from '../ir/dims';
import { constant, inScope, type Value } from '../ir/graph';
import { evaluateValues } from '../ir/evaluate';
import type { Traits } from '../ops/traits';
import { mapValues, type Pass } from './map-values';

/** The largest constant that folding makes, in elements; 2²² elements of f32 take 16 MiB. */
const largest: { readonly [F in Traits['fold']]: number } = { always: 2 ** 22, small: 4096, never: -1 };

export const foldConstants: Pass = {
  name: 'fold-constants',
  doc: 'Values that depend on constants alone become constants.',
  run: (program) => mapValues(program, (v) => (isFoldable(v) ? folded(v) : v)),
};

function isFoldable(v: Value): boolean {
  if (!v.op || !isStatic(v.shape)) return false;
  if (!v.inputs.every((x) => x.leaf?.kind === 'constant')) return false;
  // A symbolic dimension may be inside the attributes: a count, or the start of a slice.
  if (!Object.values(v.attrs).every(isKnown)) return false;
  return staticSize(v.shape) <= largest[v.op.traits.fold];
}

function isKnown(attr: unknown): boolean {
  return Array.isArray(attr) ? attr.every(isKnown) : !(attr instanceof SymbolicDim);
}

function folded(v: Value): Value {
  const [data] = evaluateValues([v], new Map());
  return inScope(v.scope, () => constant(data, v.dtype));
}
