/** Where npm packages and the native binding of tfjs-node-gpu lie. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Folder of an installed npm package, or null. Packages need not export their package.json. */
export function packageFolder(name: string): string | null {
  const require = createRequire(import.meta.url);
  for (const modules of require.resolve.paths(name) ?? []) {
    const folder = join(modules, name);
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  return null;
}

/** Version of an installed npm package, or null. */
export function packageVersion(name: string): string | null {
  const folder = packageFolder(name);
  if (!folder) return null;
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}

/** Folder of `@tensorflow/tfjs-node-gpu`, or null when it is not installed. */
export function bindingPackage(): string | null {
  return packageFolder('@tensorflow/tfjs-node-gpu');
}

/** Where tfjs-node-gpu looks for its compiled binding. */
export function bindingPath(folder: string): string {
  return join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
}

/** Beside the binding: what it was linked with (a `BindingRecord`). */
export function bindingRecordPath(folder: string): string {
  return join(dirname(bindingPath(folder)), 'weft-binding.json');
}
