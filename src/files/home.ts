/** Paths in the user's home, which shells leave to programs where `~` does not begin a word, as in `--out=~/run`. */
import { homedir } from 'node:os';
import { resolve } from 'node:path';

/** `~` and `~/x` as the user's; any other path as it is. */
export function fromHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : path;
}
