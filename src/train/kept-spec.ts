/** A run's own copy of its spec: every file that was read, so that the run keeps its meaning when the originals change. */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { textSum } from '../files/checksums';

/** Texts by path inside the run's `spec/` folder, and which of them is the spec itself. */
export interface KeptSpec {
  readonly main: string;
  readonly files: ReadonlyMap<string, string>;
  readonly sums: SpecSums;
}

/** The SHA-256 of each file of the copy, by its path inside `spec/`. */
export type SpecSums = { readonly [path: string]: string };

/** Throws if a file of a run's copy, in the folder `home`, is not as the run wrote it. Runs of earlier versions have no sums. */
export function checkKept(home: string, sums: SpecSums = {}): void {
  for (const [name, sum] of Object.entries(sums)) {
    const path = join(home, name);
    const isThere = existsSync(path);
    if (isThere && textSum(readFileSync(path, 'utf8')) === sum) continue;
    throw new WeftError(
      `${path} ${isThere ? 'has changed since the run began' : 'is missing'}: it is the run's own copy of its spec, which says what the weights mean.`,
      'Bring it back from a copy. To sample with another spec, edit the original and name the weights: weft sample SPEC --weights FILE.',
    );
  }
}

/** Where the shipped files go inside the copy: `std/nn` becomes `shipped/std/nn.weft`. */
export const shippedFolder = 'shipped';

/** Arranges files in the same places relative to each other as on disk; `files` are texts by the path they were read under, `main` first. */
export function keepSpec(main: string, files: ReadonlyMap<string, string>): KeptSpec {
  const isShipped = (path: string): boolean => path.startsWith('std/') && path !== main;
  const own = [...files.keys()].filter((path) => !isShipped(path)).map((path) => resolve(path));
  const base = commonFolder(own);
  const place = (path: string): string =>
    isShipped(path) ? `${shippedFolder}/${path}.weft` : relative(base, resolve(path)).split(sep).join('/');
  const placed = new Map([...files].map(([path, text]) => [place(path), text]));
  const sums = Object.fromEntries([...placed].map(([path, text]) => [path, textSum(text)]));
  return { main: place(main), files: placed, sums };
}

/** The deepest folder that holds all of some absolute paths. */
function commonFolder(paths: readonly string[]): string {
  const folders = paths.map((path) => path.split(sep).slice(0, -1));
  const shared = folders.reduce((a, b) => a.slice(0, a.findIndex((part, i) => part !== b[i]) >>> 0));
  return shared.join(sep) || sep;
}
