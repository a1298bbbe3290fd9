/** A backend's words for ops: those of a dialect in the op records, some replaced by its own if its kernels need others, or all its own. */
import { ops, type OpName } from '../ops';
import type { AnyOp, Attributed, Word } from '../ops/define';
import type { Dialect, Dialects } from '../ops/targets';

/** The words of a backend. They write to a `T`, and the result of an op is a `V`. */
export interface Words<T, V> {
  readonly name: string;
  /** The op's word, which may still decline (return null) for a particular use; null for a composite without a word. */
  of(op: AnyOp): Word<T, V> | null;
}

type AttrsOf<K extends OpName> = (typeof ops)[K] extends Attributed<infer A> ? A : never;
type CompositeName = {
  [K in OpName]: (typeof ops)[K] extends { readonly expand: NonNullable<AnyOp['expand']> } ? K : never;
}[OpName];

/** Words, by the names of the ops in the compiler's code (`reduceSum`). */
export type SomeWords<T, V> = { readonly [K in OpName]?: Word<T, V, AttrsOf<K>> };

/** Words for every primitive; composites without one are expanded to other ops. */
export type AllWords<T, V> = SomeWords<T, V> & {
  readonly [K in Exclude<OpName, CompositeName>]: Word<T, V, AttrsOf<K>>;
};

/** The words of a dialect from the op records. Those of `own` come first; if one declines, the record's word is used. */
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

/** The words of a backend that fits no dialect: the ops need not know of it. */
export function ownWords<T, V>(name: string, own: AllWords<T, V>): Words<T, V> {
  const known = byOpName<T, V>(own);
  return { name, of: (op) => known.get(op.opName) ?? null };
}

function byOpName<T, V>(own: SomeWords<T, V>): ReadonlyMap<string, Word<T, V>> {
  // Each word is stored under its own op, so it only gets the attributes of that op.
  const entries = Object.entries(own) as [OpName, Word<T, V>][];
  return new Map(entries.map(([name, word]) => [ops[name].opName, word]));
}
