/** JSON that stands as a text in a file's metadata: the check of the header does not look into it. */
// Tested by test/data/safetensors.test.ts.
import { checkJsonSize } from './json-size';

/** What Weft writes there is far smaller, but for checksums, which are one table with a text for each tensor. */
const limits = { deepest: 64, mostTables: 10_000 };

/** What the text says. Throws an error where it is no JSON, or more than Weft writes into metadata: it is then not parsed. */
export function parseNote(text: string): unknown {
  checkJsonSize(Buffer.from(text), limits, (why) => new Error(`it ${why}`));
  return JSON.parse(text);
}
