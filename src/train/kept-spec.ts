/** A run's own copy of its spec: every file that was read, so that the run keeps its meaning when the originals change. */
import { relative, resolve, sep } from 'node:path';

/** Texts by path inside the run's `spec/` folder, and which of them is the spec itself. */
export interface KeptSpec {
  readonly main: string;
  readonly files: ReadonlyMap<string, string>;
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
  return { main: place(main), files: new Map([...files].map(([path, text]) => [place(path), text])) };
}

/** The deepest folder that holds all of some absolute paths. */
function commonFolder(paths: readonly string[]): string {
  const folders = paths.map((path) => path.split(sep).slice(0, -1));
  const shared = folders.reduce((a, b) => a.slice(0, a.findIndex((part, i) => part !== b[i]) >>> 0));
  return shared.join(sep) || sep;
}
