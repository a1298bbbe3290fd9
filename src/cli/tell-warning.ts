/** Warnings of commands that only read a run, on stderr. */
// Tested by test/train/unsealed-record.test.ts.

const told = new Set<string>();

/** Prints each warning once, since a command may read a run more than once. */
export function tellWarning(message: string): void {
  if (!told.has(message)) console.error(`warning: ${message}`);
  told.add(message);
}
