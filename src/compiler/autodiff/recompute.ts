/** Gradient checkpointing: what a block of a repetition has computed is computed again when the backward pass reaches it. */
import { held } from '../invariant';
import { inScope, topological, type Value } from '../ir/graph';
import { barrier } from '../ops/barrier';
import { rebuild } from '../ops/define';

/**
 * The cotangents with every value inside a block replaced by one that is computed again from what the block was given, once
 * the block's own cotangent is known. A block is a turn of a repetition, or a part that the model calls `recomputed`, known by
 * its path. What other blocks read (outputs of blocks) is kept; numbers stay as they were.
 */
export function recomputeBlocks(loss: Value, cotangents: readonly Value[], turns: readonly string[]): Value[] {
  const blockOf = turnFinder(turns);
  const forward = new Set(topological([loss]));
  // Operands are older than their users, and a block's cotangent is older than all that is done with it.
  const backward = topological(cotangents)
    .filter((v) => !forward.has(v))
    .sort((a, b) => a.id - b.id);
  const dependent = dependentOnInputs(forward);
  const kept = readElsewhere(forward, blockOf);
  const arrivals = arrivalsOf(backward, forward, blockOf);
  const done = new Map<Value, Value>();
  const copies = new Map<string, Map<Value, Value>>();
  /** A forward value as the backward pass of `block` has it. */
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

/** The outermost turn of a repetition that a value was made in; null outside of all. */
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

/** What depends on the inputs of a run; tables made of constants do not, nor do weights. */
function dependentOnInputs(forward: ReadonlySet<Value>): Set<Value> {
  const found = new Set<Value>();
  for (const v of forward) if (v.leaf?.kind === 'input' || v.inputs.some((x) => found.has(x))) found.add(v);
  return found;
}

/** Values of blocks that something outside the block reads. */
function readElsewhere(forward: ReadonlySet<Value>, blockOf: BlockOf): Set<Value> {
  const found = new Set<Value>();
  for (const v of forward) for (const x of v.inputs) if (blockOf(x) !== blockOf(v)) found.add(x);
  return found;
}

/** For each block, the first cotangent that reaches it from outside. */
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
