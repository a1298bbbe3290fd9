/** What JSON and other files hold is seen through here: nothing is known of it before it is asked. */
// Tested by test/files/package-root.test.ts.

/** Whether something is an object with fields, and no list. */
export function isRecord(x: unknown): x is { readonly [name: string]: unknown } {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}

/** Whether something is an object whose fields are all texts. */
export function isTextRecord(x: unknown): x is { readonly [name: string]: string } {
  return isRecord(x) && Object.values(x).every((value) => typeof value === 'string');
}
