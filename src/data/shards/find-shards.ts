/** Finds the files of a data set that is packed into several: one file, all of a folder, or those whose names fit a pattern. */
// Tested by test/data/sources/tar.test.ts.
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { someOf } from '../../compiler/diagnostics/counted';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { printable } from '../../compiler/diagnostics/printable';
import { suggest } from '../../compiler/diagnostics/suggest';
import { fileError } from '../../files/file-error';

/** The ending of the files that a source reads. */
export type ShardEnding = '.tar' | '.parquet';

/**
 * The files, in the order of their names. In a pattern, which may be only the last part of the path, `*` means any letters, `?` one, and
 * `{00..12}` the numbers from 00 to 12, all of which must exist.
 */
export async function findShards(path: string, ending: ShardEnding): Promise<readonly string[]> {
  const [folder, last] = [dirname(path), basename(path)];
  const found = await stat(path).catch(() => null);
  if (found?.isFile()) return [path];
  if (found?.isDirectory()) return allIn(path, ending);
  const range = /\{(\d+)\.\.(\d+)\}/.exec(last);
  const names = await namesIn(folder);
  if (range) return numbered(path, range, names);
  if (/[*?]/.test(last)) {
    const pattern = patternOf(last);
    const fit = names.filter((name) => pattern.test(name) && !name.startsWith('.'));
    if (fit.length > 0) return fit.map((name) => join(folder, name));
    throw new WeftError(
      `No file in ${printable(folder)} fits ${printable(last)}; ${thereAre(names)}.`,
      'Check the pattern in the data section of the recipe.',
    );
  }
  const near = suggest(last, names);
  throw new WeftError(
    `${printable(path)} does not exist.`,
    near.length > 0
      ? `Did you mean ${near.map(printable).join(' or ')}?`
      : `Name a ${ending} file, a folder of them, or a pattern such as "${join(folder, `*${ending}`)}".`,
  );
}

async function allIn(folder: string, ending: ShardEnding): Promise<readonly string[]> {
  const names = await namesIn(folder);
  const fit = names.filter((name) => name.toLowerCase().endsWith(ending) && !name.startsWith('.'));
  if (fit.length > 0) return fit.map((name) => join(folder, name));
  throw new WeftError(
    `The folder ${printable(folder)} holds no ${ending} files; ${thereAre(names)}.`,
    'For pictures in files of their own write folder("…").',
  );
}

/** The files of a range of numbers, written with as many digits as its first. */
function numbered(path: string, [written, first, last]: RegExpExecArray, names: readonly string[]): string[] {
  const [from, to] = [Number(first), Number(last)];
  const mostFiles = 1_000_000;
  if (to < from || to - from >= mostFiles) {
    throw new WeftError(
      `${written} in ${printable(path)} is no range of numbers.`,
      'Write the first number, two dots and the last: {000..127}.',
    );
  }
  const [folder, pattern] = [dirname(path), basename(path)];
  const wanted = Array.from({ length: to - from + 1 }, (_, i) =>
    pattern.replace(written, String(from + i).padStart(first.length, '0')),
  );
  const there = new Set(names);
  const missing = wanted.filter((name) => !there.has(name));
  if (missing.length === 0) return wanted.map((name) => join(folder, name));
  throw new WeftError(
    `${missing.length} of the ${wanted.length} files of ${printable(path)} do not exist: ${someOf(missing.map(printable), 5)}.`,
    'Bring them, or name only those that exist.',
  );
}

function patternOf(text: string): RegExp {
  const escaped = text.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\*/g, '[^]*').replace(/\?/g, '[^]')}$`);
}

/** In the order of names; numbers in them count as numbers, so that `part-10` comes after `part-9`. */
async function namesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(async (error: unknown) => {
    throw await fileError(error, 'read', folder);
  });
  const byNumber = new Intl.Collator('en', { numeric: true });
  return names.sort((a, b) => byNumber.compare(a, b) || (a < b ? -1 : 1));
}

function thereAre(names: readonly string[]): string {
  return names.length === 0 ? 'it is empty' : `it has ${someOf(names.map(printable), 5)}`;
}
