/** The shipped specs: what random inputs are made from. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/files/package-root';

export interface Seed {
  /** From the root of the package: `specs/std/dit.weft`. */
  readonly path: string;
  readonly text: string;
}

/** Every shipped spec, ordered by path. */
export function shippedSpecs(): Seed[] {
  const root = packageRoot();
  const names = readdirSync(join(root, 'specs'), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.weft'))
    .sort()
    .map((name) => ({ path: `specs/${name}`, text: readFileSync(join(root, 'specs', name), 'utf8') }));
}
