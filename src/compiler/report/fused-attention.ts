/** Finds the values that fused attention kernels never write to memory: the scores between two products, and their gradients. */
import { sizeOf } from '../ir/dims';
import { rootsOf, topological, type Program, type Value } from '../ir/graph';
import { is } from '../ops/define';
import { cast, div, exp, mul, sub } from '../ops/elementwise';
import { matmul } from '../ops/linalg';
import { broadcastTo } from '../ops/movement';
import { reduceMax } from '../ops/reduction';
import { memoryUse } from './liveness';

/**
 * The values of a program with its composites expanded that have the size of attention's scores and lie between its products:
 * from a product through a softmax to a product, and the matching gradients. Sums of rows are not included; fused
 * kernels store these too.
 */
export function insideAttention(program: Program): Set<Value> {
  const order = topological(rootsOf(program));
  const users = new Map<Value, Value[]>();
  for (const v of order) for (const x of v.inputs) users.set(x, [...(users.get(x) ?? []), v]);
  const found = new Set<Value>();
  for (const v of order) {
    if (!isSoftmax(v) || found.has(v)) continue;
    const scores = connected(v, users);
    const isBetween = [...scores].some((s) => is(s, matmul)) && isMultiplied(v, users);
    if (isBetween) for (const s of scores) found.add(s);
  }
  return found;
}

/** Whether a value is exp(x − max x), as in the expansion of `softmax`. */
function isSoftmax(v: Value): boolean {
  if (!is(v, exp)) return false;
  const [difference] = v.inputs;
  return is(difference, sub) && is(unrepeated(difference.inputs[1]), reduceMax);
}

/** Whether the exponentials, once divided by their sum, go into a product. The softmax of a router or gate does not. */
function isMultiplied(v: Value, users: ReadonlyMap<Value, readonly Value[]>): boolean {
  return (users.get(v) ?? []).some((u) => {
    if (is(u, matmul)) return true;
    const isScaled =
      is(u, div, mul) && u.inputs.some((x) => x !== v && sizeOf(unrepeated(x).shape) !== sizeOf(v.shape));
    return (isScaled || is(u, cast) || memoryUse(u) === 'view') && isMultiplied(u, users);
  });
}

function unrepeated(v: Value): Value {
  return is(v, broadcastTo) || memoryUse(v) === 'view' ? unrepeated(v.inputs[0]) : v;
}

/** All values of the size of `from` that are connected to it without passing through a product, including products that yield such values. */
function connected(from: Value, users: ReadonlyMap<Value, readonly Value[]>): Set<Value> {
  const size = sizeOf(from.shape);
  const found = new Set([from]);
  const next = [from];
  for (let v = next.pop(); v; v = next.pop()) {
    const near = [...(isThrough(v) ? v.inputs : []), ...(users.get(v) ?? []).filter(isThrough)];
    for (const x of near) {
      if (found.has(x) || !x.op || sizeOf(x.shape) !== size || !(isThrough(x) || is(x, matmul))) continue;
      found.add(x);
      next.push(x);
    }
  }
  return found;
}

/** Whether each element is computed from one element of each operand. */
function isThrough(v: Value): boolean {
  return v.op !== null && ['view', 'cheap', 'costly'].includes(memoryUse(v));
}
