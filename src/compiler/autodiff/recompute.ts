/** Gradient checkpointing: the values inside a repeated block are computed again when the backward pass reaches the block. */
import { held } from '../invariant';
import { inScope, topological, type Value } from '../ir/graph';
import { barrier } from '../ops/barrier';
import { rebuild } from '../ops/define';

/**
 * The cotangents, with every value inside a block computed again from the inputs of the block once the block's own cotangent
 * is known. A block is one turn of a repetition, or a part that the model marks `recomputed`; its path identifies it.
 * Outputs of blocks that other blocks read are kept. The numbers do not change.
 */
export function recomputeBlocks(loss: Value, cotangents: readonly Value[], turns: readonly string[]): Value[] {
  const blockOf = turnFinder(turns);
  const forward = new Set(topological([loss]));
  // Ordered by age: operands are older than their users, and a block's cotangent is older than everything computed from it.
  const backward = topological(cotangents)
    .filter((v) => !forward.has(v))
    .sort((a, b) => a.id - b.id);
  const dependent = dependentOnInputs(forward);
  const kept = readElsewhere(forward, blockOf);
  const arrivals = arrivalsOf(backward, forward, blockOf);
  const done = new Map<Value, Value>();
  const copies = new Map<string, Map<Value, Value>>();
  /** The value that the backward pass of `block` uses in place of a forward value. */
  const again = (x: Value, block: string): Value => {
    const known = copies.get(block) ?? new Map<Value, Value>();
    copies.set(block, known);
    const found = known.get(x) ?? copyOf(x, block);
    known.set(x, found);
    return found;
  };
  const copyOf = (x: Value, block: string): Value => {
    if (!dependent.has(x) || (blockOf(x) === block && kept.has(x))) return x;
    if (blockOf(x) !== block) return inScope(block, () => barrier(x, held(done, held(arrivals, block))));
    return rebuild(
      x,
      x.inputs.map((operand) => again(operand, block)),
    );
  };
  for (const v of backward) {
    const inputs = v.inputs.map((x) => {
      const block = blockOf(x);
      if (!forward.has(x)) return held(done, x);
      return block !== null && arrivals.has(block) && !kept.has(x) ? again(x, block) : x;
    });
    done.set(v, rebuild(v, inputs));
  }
  return cotangents.map((v) => done.get(v) ?? v);
}

/** The path of the outermost block that made a value; null outside all blocks. */
type BlockOf = (v: Value) => string | null;

function turnFinder(turns: readonly string[]): BlockOf {
  const paths = new Set(turns);
  const known = new Map<string, string | null>();
  const find = (scope: string): string | null => {
    const words = scope.split('.');
    return words.map((_, i) => words.slice(0, i + 1).join('.')).find((path) => paths.has(path)) ?? null;
  };
  return ({ scope }) => {
    const found = known.get(scope);
    if (found !== undefined) return found;
    const made = find(scope);
    known.set(scope, made);
    return made;
  };
}

/** Values that depend on the inputs of a run. Tables made of constants and weights do not. */
function dependentOnInputs(forward: ReadonlySet<Value>): Set<Value> {
  const found = new Set<Value>();
  for (const v of forward) if (v.leaf?.kind === 'input' || v.inputs.some((x) => found.has(x))) found.add(v);
  return found;
}

/** Values made in a block and read outside it. */
function readElsewhere(forward: ReadonlySet<Value>, blockOf: BlockOf): Set<Value> {
  const found = new Set<Value>();
  for (const v of forward) for (const x of v.inputs) if (blockOf(x) !== blockOf(v)) found.add(x);
  return found;
}

/** For each block, the first cotangent that enters it from outside. */
function arrivalsOf(backward: readonly Value[], forward: ReadonlySet<Value>, blockOf: BlockOf): Map<string, Value> {
  const arrivals = new Map<string, Value>();
  for (const v of backward) {
    const block = blockOf(v);
    if (block === null || arrivals.has(block)) continue;
    const arrival = v.inputs.find((x) => x.op !== null && !forward.has(x) && blockOf(x) !== block);
    if (arrival) arrivals.set(block, arrival);
  }
  return arrivals;
}
