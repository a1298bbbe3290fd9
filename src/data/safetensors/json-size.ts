/** Checks JSON before it is parsed, since a small file can describe more nesting or more items than memory can hold. */
// Tested by test/data/safetensors/fuzz.test.ts.

export interface JsonLimits {
  /** Largest depth of tables and lists inside one another. */
  readonly deepest: number;
  /** The most tables and lists in total. */
  readonly mostTables: number;
}

/** The most items of all tables and lists together. */
const mostItems = 2_000_000;

/** The most items of one table or list: an object of millions of names takes seconds to make, and again wherever it is copied. */
export const mostItemsOfOne = 200_000;

const [QUOTE, BACKSLASH, OPEN_TABLE, CLOSE_TABLE, OPEN_LIST, CLOSE_LIST, COMMA] = Buffer.from('"\\{}[],');

/** Throws the error that `fail` makes of the reason if the text exceeds the limits. Reads the bytes once. */
export function checkJsonSize(
  text: Uint8Array,
  { deepest, mostTables }: JsonLimits,
  fail: (why: string) => Error,
): void {
  let [depth, tables, items, quoted] = [0, 0, 0, false];
  // Commas so far of each table and list that is open, by depth.
  const commas = new Uint32Array(deepest + 1);
  for (let i = 0; i < text.length; i++) {
    const byte = text[i];
    if (quoted) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (byte === OPEN_TABLE || byte === OPEN_LIST) {
      if (++depth > deepest) throw fail(`is nested more than ${deepest} deep`);
      if (++tables > mostTables) throw fail(`has more than ${mostTables.toLocaleString('en')} tables and lists`);
      commas[depth] = 0;
    } else if (byte === COMMA) {
      if (++items > mostItems) throw fail(`has more than ${mostItems.toLocaleString('en')} items`);
      if (++commas[depth] > mostItemsOfOne)
        throw fail(`has a table or list of more than ${mostItemsOfOne.toLocaleString('en')} items`);
    } else if ((byte === CLOSE_TABLE || byte === CLOSE_LIST) && depth > 0) depth--;
  }
}
