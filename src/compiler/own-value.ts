/** Looks up a user-chosen name in a table. Inherited properties do not count, so `constructor` is a name like any other. */
// Tested by test/diagnostics/cases.test.ts.
export function ownValue<T>(table: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
