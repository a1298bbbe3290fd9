/** Constant folding: what depends on constants alone is computed once, by the reference evaluator. */
import { isStatic, staticSize, SymbolicDim } from '../ir/dims';
import { constant, inScope, type Value } from '../ir/graph';
import { evaluateValues } from '../ir/evaluate';
import { mapValues, type Pass } from './map-values';

/** The largest constant that folding makes, in elements: 16 MiB of f32. */
const largest = 2 ** 22;
/** Repeating elements is free at run time but not in a file, so only small broadcasts are folded. */
const largestBroadcast = 4096;

/** Random ops are left alone: their numbers are a backend's own. */
export const foldConstants: Pass = {
  name: 'fold-constants',
  doc: 'Values that depend on constants alone become constants.',
  run: (program) => mapValues(program, (v) => (isFoldable(v) ? folded(v) : v)),
};

function isFoldable(v: Value): boolean {
  if (!v.op || v.op.opName.startsWith('random') || !isStatic(v.shape)) return false;
  if (!v.inputs.every((x) => x.leaf?.kind === 'constant')) return false;
  // A dimension that is still symbolic may hide in the attributes: a count, or where a slice begins.
  if (!Object.values(v.attrs).every(isKnown)) return false;
  return staticSize(v.shape) <= (v.op.opName === 'broadcast_to' ? largestBroadcast : largest);
}

function isKnown(attr: unknown): boolean {
  return Array.isArray(attr) ? attr.every(isKnown) : !(attr instanceof SymbolicDim);
}

function folded(v: Value): Value {
  const [data] = evaluateValues([v], new Map());
  return inScope(v.scope, () => constant(data, v.dtype));
}
