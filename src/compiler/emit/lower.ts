/** From a program to a backend's words: every value after its operands, composites without a word expanded where they are met. */
import { operandsFirst, rootsOf, type Program, type TensorType, type Value } from '../ir/graph';
import { invariant } from '../invariant';
import { expansionOf } from '../ir/substitute';
import type { Site, Word } from '../ops/define';
import type { Words } from './words';

/** What a backend makes of a program: `T` is what its words write to and `V` what they give; `R` is kept of each value. */
export interface Lowering<T, V, R = V> {
  readonly words: Words<T, V>;
  /** What stands for an input, a variable or a constant. */
  readonly leaf: (v: Value) => R;
  /** Says an op with its word; null where the word declines. */
  readonly say: (v: Value, word: Word<T, V>, operands: readonly R[]) => R | null;
  /** What an op without a word stands for; its expansion by default. */
  readonly expand?: (v: Value) => Value;
}

/**
 * What becomes of all values that a program needs, in addition to those in `known`. Recursion goes as deep as composites
 * nest, not as the graph.
 */
export function lowerProgram<T, V, R>(
  { words, leaf, say, expand = expansionOf }: Lowering<T, V, R>,
  program: Program,
  known: Map<Value, R> = new Map(),
): (v: Value) => R {
  const made = (v: Value): R => {
    const found = known.get(v);
    invariant(found !== undefined, `a value of ${v.op?.opName ?? 'no op'} is used before it is lowered`);
    return found;
  };
  const said = (v: Value): R | null => {
    const word = v.op && words.of(v.op);
    return word && say(v, word, v.inputs.map(made));
  };
  const lower = (root: Value): R => {
    for (const v of operandsFirst([root], known)) known.set(v, v.op ? (said(v) ?? lower(expand(v))) : leaf(v));
    return made(root);
  };
  rootsOf(program).forEach(lower);
  return made;
}

/** How an op is used where a value is made. */
export function siteOf({ attrs, inputs, type }: Value): Site {
  return { attrs, types: inputs.map((x): TensorType => x.type), type };
}
