/** The one place where the diagnostics cases meet the compiler. */
import { readdirSync } from 'node:fs';
import { checkFile } from '../../src/compiler/compile';
import type { Diagnostic } from '../../src/compiler/diagnostics/diagnostic';
import { readSpec } from '../support/compile';

const shipped = readdirSync('specs/std').map((name) => `std/${name.replace(/\.weft$/, '')}`);

/** Everything that is wrong with `text`; other files beside it are found by their paths in `files`. */
export function check(path: string, files: { readonly [path: string]: string }): readonly Diagnostic[] {
  return checkFile(path, (p) => files[p] ?? readSpec(p), { shipped }).diagnostics;
}
