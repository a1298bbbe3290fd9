/** Finds this package's own folder, where its static files lie, from source and from a bundle alike. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The absolute path of the folder that holds weft's package.json, `specs/` and `bin/`. */
export function packageRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    if (isWeft(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw new Error(`no package.json of weft above ${start}`);
  }
}

function isWeft(path: string): boolean {
  return existsSync(path) && (JSON.parse(readFileSync(path, 'utf8')) as { name?: string }).name === 'weft';
}
