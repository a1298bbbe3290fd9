/** What a table has under a name that people choose: `constructor` is a name like any other. */
// Tested by test/diagnostics/cases.test.ts.
export function ownValue<T>(table: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
