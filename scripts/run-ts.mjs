/** Runs a TypeScript file of this checkout: `node scripts/run-ts.mjs examples/01-check.ts [arguments]`. */
import { resolve, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { currentBundle, root } from '../bin/bundle.js';

const [file] = process.argv.splice(2, 1);
if (!file) {
  console.error('usage: node scripts/run-ts.mjs FILE.ts [arguments]');
  process.exit(2);
}
process.setSourceMapsEnabled(true);
const entry = relative(root, resolve(file));
const bundle = await currentBundle(entry);
await import(pathToFileURL(bundle).href);
