/** Refuses to write over a file that the same command reads: what was in it would be lost. */
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { WeftError } from '../compiler/diagnostics/diagnostic';

/** Paths by the option that names them; one that is not given is undefined. */
export interface Written {
  readonly [option: string]: string | undefined;
}

/** Refuses a written path that is also read or written by another option, whatever links lead to it. Paths read that are undefined are passed over. */
export function requireApart(written: Written, read: readonly (string | undefined)[]): void {
  const taken = new Map<string, string>();
  const sources = new Set(read.flatMap((path) => (path === undefined ? [] : [placeOf(path)])));
  for (const [option, path] of Object.entries(written)) {
    if (path === undefined) continue;
    const place = placeOf(path);
    if (sources.has(place))
      throw new WeftError(`${path} is both read and written.`, `Name another file with ${option}.`, 2);
    const other = taken.get(place);
    if (other !== undefined) throw new WeftError(`${other} and ${option} both name ${path}.`, 'Name two files.', 2);
    taken.set(place, option);
  }
}

/** The file itself where it exists. */
function placeOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
