/** Reads the JSON files that lie beside what Weft writes, each against a schema: nothing of them is used unseen. */
// Tested by test/files/regular-file.test.ts.
import type { ZodType } from 'zod';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { readWhole } from './regular-file';

/** Bytes of the largest file that is read. */
const longest = 100_000_000;

/** A file that is there but does not hold what it should. */
export class DamagedFile extends WeftError {
  constructor(
    readonly path: string,
    /** What is wrong inside. */
    readonly problem: string,
  ) {
    super(`${path} is damaged: ${problem}.`, 'Bring it back from a copy, or remove it.');
  }
}

/** What a JSON file holds. Throws a `DamagedFile` that names the first field that is wrong, or what `fileError` says of one that cannot be read. */
export async function readJson<T>(path: string, schema: ZodType<T>): Promise<T> {
  return fitting(path, await readAny(path), schema);
}

/** The JSON in a file, whatever it is. */
export async function readAny(path: string): Promise<unknown> {
  const text = (await readWhole(path, longest)).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new DamagedFile(path, text.trim() === '' ? 'it is empty' : 'it is not JSON');
  }
}

/** A value from the file `path` as the schema has it. */
export function fitting<T>(path: string, value: unknown, schema: ZodType<T>): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  const at = first.path.join('.');
  throw new DamagedFile(path, `${at ? `${at}: ` : ''}${first.message.replace(/\.$/, '')}`);
}
