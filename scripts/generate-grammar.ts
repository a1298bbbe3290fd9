/** Writes grammar/cst.d.ts, grammar/grammar.md and grammar/diagrams.html from the parser. Run it with `npm run generate`. */
import { writeFileSync } from 'node:fs';
import { generateGrammar } from './grammar/files';

for (const [path, text] of Object.entries(await generateGrammar())) {
  writeFileSync(path, text);
  console.error(`wrote ${path}`);
}
