/** A number with its noun, for messages. */

/** "1 tensor", "2 tensors"; nouns whose plural is no `s` more give it: `counted(2, 'file was', 'files were')`. */
export function counted(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`;
}
