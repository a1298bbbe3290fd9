/** Finds this package's own folder with its static files, both from source and from a bundle. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRecord, isTextRecord } from './record';

/** The absolute path of the folder that holds weft's package.json, `specs/` and `bin/`. */
export function packageRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    if (isWeft(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw new Error(`no package.json of weft above ${start}`);
  }
}

/** The fields of a package.json that Weft uses. */
export interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly peerDependencies: { readonly [name: string]: string };
}

export function readPackage(path: string): PackageFile {
  const found: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const { name, version, peerDependencies }: { readonly [field: string]: unknown } = isRecord(found) ? found : {};
  return {
    name: typeof name === 'string' ? name : '',
    version: typeof version === 'string' ? version : '',
    peerDependencies: isTextRecord(peerDependencies) ? peerDependencies : {},
  };
}

function isWeft(path: string): boolean {
  return existsSync(path) && readPackage(path).name === 'weft';
}
