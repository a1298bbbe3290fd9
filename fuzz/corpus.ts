/** Specs that random inputs are made from. */
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
  return specsIn('specs');
}

/** A small spec for every diagnostic, with what it is reported for. */
export function smallSpecs(): Seed[] {
  return specsIn(join('test', 'diagnostics', 'cases'));
}

function specsIn(folder: string): Seed[] {
  const home = join(packageRoot(), folder);
  const names = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.weft'));
  return names.sort().map((name) => ({ path: `${folder}/${name}`, text: readFileSync(join(home, name), 'utf8') }));
}
