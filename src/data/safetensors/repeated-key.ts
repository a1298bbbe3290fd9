/** Finds a name that a table of a JSON text has twice: `JSON.parse` takes the last value for it and says nothing. */

/** The first name that a table has twice, or null. `text` must be JSON that has been parsed without an error. */
export function repeatedKey(text: string): string | null {
  // The names so far of each open table; null for a list.
  const open: (Set<string> | null)[] = [];
  let isName = false;
  for (let i = 0; i < text.length; i++) {
    const sign = text[i];
    if (sign === '"') {
      const end = endOfString(text, i);
      const names = open.at(-1);
      if (isName && names) {
        const name = textOf(text.slice(i, end));
        if (names.has(name)) return name;
        names.add(name);
      }
      i = end - 1;
    } else if (sign === '{' || sign === '[') {
      open.push(sign === '{' ? new Set() : null);
      isName = sign === '{';
    } else if (sign === '}' || sign === ']') {
      open.pop();
    } else if (sign === ',') isName = open.at(-1) !== null;
    else if (sign === ':') isName = false;
  }
  return null;
}

/** The position after the quote that ends the string at `start`. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i + 1;
}

/** Two spellings with escapes may be one name. */
function textOf(quoted: string): string {
  return quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
}
