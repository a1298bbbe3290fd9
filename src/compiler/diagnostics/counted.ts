/** Numbers with their nouns, and lists of names that may be long, for messages. */
// Tested by test/diagnostics/counted.test.ts.

/** "1 tensor", "2 tensors". If the plural is not formed with `s`, pass it: `counted(2, 'file was', 'files were')`. */
export function counted(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`;
}

/** "a, b, c and 4 more": the first `most` of some names. If only one would be left out it is named too, since that is as short as "and 1 more". */
export function someOf(names: readonly string[], most: number, between = ', '): string {
  if (names.length <= most + 1) return names.join(between);
  return `${names.slice(0, most).join(between)} and ${names.length - most} more`;
}
