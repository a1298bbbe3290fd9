/** How a backend says ops: in a dialect of the op records, with words of its own where its kernels want others, or wholly in its own. */
import { ops, type OpName } from '../ops';
import type { AnyOp, Attributed, Word } from '../ops/define';
import type { Dialect, Dialects } from '../ops/targets';

/** The words of a backend that writes to `T`, where an op's result is a `V`. */
export interface Words<T, V> {
  readonly name: string;
  /** The op's word, which may still decline (null) where it is used; null for a composite that has none. */
  of(op: AnyOp): Word<T, V> | null;
}

type AttrsOf<K extends OpName> = (typeof ops)[K] extends Attributed<infer A> ? A : never;
type CompositeName = {
  [K in OpName]: (typeof ops)[K] extends { readonly expand: NonNullable<AnyOp['expand']> } ? K : never;
}[OpName];

/** Words by the names that the compiler's code has for the ops (`reduceSum`). */
export type SomeWords<T, V> = { readonly [K in OpName]?: Word<T, V, AttrsOf<K>> };

/** Words for every primitive; composites without one are written in other ops. */
export type AllWords<T, V> = SomeWords<T, V> & {
  readonly [K in Exclude<OpName, CompositeName>]: Word<T, V, AttrsOf<K>>;
};

/** The words of the records in a dialect. Those of `own` come first; what they decline is said as the record has it. */
export function dialectWords<D extends Dialect, T extends Dialects[D]['target'] = Dialects[D]['target']>(
  dialect: D,
  own: SomeWords<T, Dialects[D]['value']> = {},
): Words<T, Dialects[D]['value']> {
  const known = byOpName(own);
  return {
    name: dialect,
    of: (op) => {
      const [first, second] = [known.get(op.opName) ?? null, op.lower[dialect]];
      if (!first || !second) return first ?? second;
      return (target, operands, site) => first(target, operands, site) ?? second(target, operands, site);
    },
  };
}

/** A backend that none of the dialects fits: the ops need not know of it. */
export function ownWords<T, V>(name: string, own: AllWords<T, V>): Words<T, V> {
  const known = byOpName<T, V>(own);
  return { name, of: (op) => known.get(op.opName) ?? null };
}

function byOpName<T, V>(own: SomeWords<T, V>): ReadonlyMap<string, Word<T, V>> {
  // Each word is found under its own op, and so meets the attributes of that op alone.
  const entries = Object.entries(own) as [OpName, Word<T, V>][];
  return new Map(entries.map(([name, word]) => [ops[name].opName, word]));
}
