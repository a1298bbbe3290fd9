/** Internal errors: facts that hold whatever the user wrote. */

/** Throws when `fact` does not hold; never for anything a user can cause. */
export function invariant(fact: unknown, message: string): asserts fact {
  if (!fact) throw new Error(`internal error: ${message}`);
}

/** What a map surely has under a key. */
export function held<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const found = map.get(key);
  invariant(found !== undefined, 'a key has no entry');
  return found;
}

/** Closes a switch over a union: a forgotten case does not compile. */
export function assertNever(x: never): never {
  throw new Error(`internal error: unexpected ${JSON.stringify(x)}`);
}
