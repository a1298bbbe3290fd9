/** Writes what is generated from the parser and the records: grammar/ and the reference in docs/. Run it with `npm run generate`. */
import { writeFileSync } from 'node:fs';
import { generateGrammar } from './grammar/files';
import { generateReference } from './reference/pages';

for (const [path, text] of Object.entries({ ...(await generateGrammar()), ...generateReference() })) {
  writeFileSync(path, text);
  console.error(`wrote ${path}`);
}
