/** Paths in the user's home: shells do not expand a `~` that does not begin a word, as in `--out=~/run`. */
import { homedir } from 'node:os';
import { resolve } from 'node:path';

/** `~` and `~/x` as paths in the user's home; other paths unchanged. */
export function fromHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : path;
}
