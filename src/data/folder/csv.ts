/** Reads tables of comma-separated values (RFC 4180): quoted cells may contain commas, doubled quotes and line breaks. */
// Tested by test/data/folder/captions.test.ts.

/** The rows one after another, each as its cells; empty lines are skipped. */
export function* parseCsv(text: string): Generator<string[], void> {
  let row: string[] = [];
  // A cell, quoted or not, and the character that ends it.
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex;
    const match = cell.exec(text);
    if (!match)
      throw new SyntaxError(`a quote is not closed or misplaced near ${JSON.stringify(text.slice(at, at + 20))}`);
    const [, quoted, bare, end] = match;
    row.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === ',' && cell.lastIndex < text.length) continue;
    if (end === ',') row.push('');
    if (row.length > 1 || row[0] !== '') yield row;
    row = [];
  }
}
