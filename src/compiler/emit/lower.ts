/** Lowers a program with a backend's words: every value after its operands; composites without a word are expanded when they are met. */
import { operandsFirst, rootsOf, type Program, type TensorType, type Value } from '../ir/graph';
import { invariant } from '../invariant';
import { expansionOf } from '../ir/substitute';
import type { Site, Word } from '../ops/define';
import type { Words } from './words';

/** A backend's part in lowering: its words write to a `T` and return a `V`; `R` is kept for each value. */
export interface Lowering<T, V, R = V> {
  readonly words: Words<T, V>;
  /** The result for an input, a variable or a constant. */
  readonly leaf: (v: Value) => R;
  /** Lowers an op with its word; null if the word declines. */
  readonly say: (v: Value, word: Word<T, V>, operands: readonly R[]) => R | null;
  /** The value that replaces an op without a word; its expansion by default. */
  readonly expand?: (v: Value) => Value;
}

/**
 * Lowers all values that a program needs and adds them to `known`. Recursion is as deep as composites nest, not as deep
 * as the graph.
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

/** The attributes and types that a lowering needs of a value's op. */
export function siteOf({ attrs, inputs, type }: Value): Site {
  return { attrs, types: inputs.map((x): TensorType => x.type), type };
}
