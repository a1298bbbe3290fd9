/** Type guards for the contents of JSON and other files: nothing about them is known before it is checked. */
// Tested by test/files/package-root.test.ts.

/** Whether something is an object with fields, not a list. */
export function isRecord(x: unknown): x is { readonly [name: string]: unknown } {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}

/** Whether something is an object whose fields are all texts. */
export function isTextRecord(x: unknown): x is { readonly [name: string]: string } {
  return isRecord(x) && Object.values(x).every((value) => typeof value === 'string');
}
