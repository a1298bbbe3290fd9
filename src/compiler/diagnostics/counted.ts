/** Numbers with their nouns, and names of which there may be many, for messages. */
// Tested by test/diagnostics/counted.test.ts.

/** "1 tensor", "2 tensors"; nouns whose plural is no `s` more give it: `counted(2, 'file was', 'files were')`. */
export function counted(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`;
}

/** "a, b, c and 4 more": the first `most` of some names; one more is named too, since its name is as short as its number. */
export function someOf(names: readonly string[], most: number, between = ', '): string {
  if (names.length <= most + 1) return names.join(between);
  return `${names.slice(0, most).join(between)} and ${names.length - most} more`;
}
