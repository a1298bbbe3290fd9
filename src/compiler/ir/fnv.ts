/** The hash FNV-1a, over whichever numbers stand for a text or for data. */
// Tested by test/compiler/ir/print.test.ts.

/** A signed 32-bit number. */
export function fnv1a(numbers: Iterable<number>): number {
  let hash = 0x811c9dc5;
  for (const n of numbers) hash = Math.imul(hash ^ n, 0x01000193);
  return hash | 0;
}
