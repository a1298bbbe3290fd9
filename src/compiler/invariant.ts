/** Internal errors: checks of facts that hold for any user input. */

/** Throws if `fact` does not hold; never used for an error that a user can cause. */
export function invariant(fact: unknown, message: string): asserts fact {
  if (!fact) throw new Error(`internal error: ${message}`);
}

/** The entry of a map under a key that is known to be there. */
export function held<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const found = map.get(key);
  invariant(found !== undefined, 'a key has no entry');
  return found;
}

/** Closes a switch over a union: a missing case does not compile. */
export function assertNever(x: never): never {
  throw new Error(`internal error: unexpected ${JSON.stringify(x)}`);
}
