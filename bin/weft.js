#!/usr/bin/env node
/** Starts the command line: dist/cli.js of a published package, or a bundle of src/cli.ts kept current in a checkout. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { currentBundle, root } from './bundle.js';

const inCheckout = existsSync(join(root, 'src', 'cli.ts'));

if (inCheckout && !existsSync(join(root, 'node_modules', 'esbuild'))) {
  console.error(`weft: the packages it needs are not installed.\nhint: run "npm ci" in ${root}`);
  process.exit(3);
}

// Reading source maps costs time and their traces are of use to those who work on weft itself.
if (process.env.WEFT_DEBUG) process.setSourceMapsEnabled(true);

const file = inCheckout ? await cliBundle() : join(root, 'dist', 'cli.js');
await import(pathToFileURL(file).href);

async function cliBundle() {
  try {
    return await currentBundle('src/cli.ts');
  } catch (error) {
    console.error(`weft: its own source does not build.\n${error.message}`);
    process.exit(3);
  }
}
