/** Looks at JSON before it is parsed, since a small file can describe more nesting or more things than fit into memory. */

export interface JsonLimits {
  /** Tables and lists inside one another. */
  readonly deepest: number;
  /** Tables in all. */
  readonly mostTables: number;
}

const [QUOTE, BACKSLASH, OPEN_TABLE, CLOSE_TABLE, OPEN_LIST, CLOSE_LIST] = Buffer.from('"\\{}[]');

/** Throws what `fail` makes of the reason where the text goes beyond the limits. One pass over the bytes. */
export function checkJsonSize(
  text: Uint8Array,
  { deepest, mostTables }: JsonLimits,
  fail: (why: string) => Error,
): void {
  let [depth, tables, quoted] = [0, 0, false];
  for (let i = 0; i < text.length; i++) {
    const byte = text[i];
    if (quoted) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (byte === OPEN_TABLE || byte === OPEN_LIST) {
      if (++depth > deepest) throw fail(`is nested more than ${deepest} deep`);
      if (byte === OPEN_TABLE && ++tables > mostTables)
        throw fail(`describes more than ${mostTables.toLocaleString('en')} things`);
    } else if (byte === CLOSE_TABLE || byte === CLOSE_LIST) depth--;
  }
}
