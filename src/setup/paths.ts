/** The folders of npm packages and of the native binding of tfjs-node-gpu. */
// Tested by test/setup/doctor.test.ts.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../files/cache';
import { packageRoot, readPackage, type PackageFile } from '../files/package-root';

/** The folder of an npm package that is installed beside Weft or downloaded into the cache, or null. Packages need not export their package.json. */
export function packageFolder(name: string): string | null {
  const require = createRequire(import.meta.url);
  const places = [...(require.resolve.paths(name) ?? []), join(fetchedFolder(name), 'node_modules')];
  return places.map((modules) => join(modules, name)).find(isPackage) ?? null;
}

function isPackage(folder: string): boolean {
  return existsSync(join(folder, 'package.json'));
}

/** The folder for a downloaded package (fetch-package.ts): one for each version in the user's cache. It may not exist. */
export function fetchedFolder(name: string): string {
  return join(cacheFolder(), 'packages', `${name.replace('/', '+')}-${fetchedVersion(name) ?? 'none'}`);
}

/** The version to download: the lowest one that Weft's package.json allows as an optional peer. Null for other packages. */
export function fetchedVersion(name: string): string | null {
  return weftPackage().peerDependencies[name]?.replace(/^[^\d]*/, '') ?? null;
}

let own: PackageFile | null = null;

function weftPackage(): PackageFile {
  return (own ??= readPackage(join(packageRoot(), 'package.json')));
}

/** Version of an installed npm package, or null. */
export function packageVersion(name: string): string | null {
  const folder = packageFolder(name);
  if (!folder) return null;
  return readPackage(join(folder, 'package.json')).version;
}

/** Folder of `@tensorflow/tfjs-node-gpu`, or null when it is not installed. */
export function bindingPackage(): string | null {
  return packageFolder('@tensorflow/tfjs-node-gpu');
}

/** The file in which tfjs-node-gpu looks for its compiled binding. */
export function bindingPath(folder: string): string {
  return join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
}

/** The file beside the binding that says what it was linked with (a `BindingRecord`). */
export function bindingRecordPath(folder: string): string {
  return join(dirname(bindingPath(folder)), 'weft-binding.json');
}
