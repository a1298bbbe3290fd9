/** Reads JSON files and checks each against a schema: nothing in them is used unchecked. */
import type { ZodType } from 'zod';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { readWhole } from './regular-file';

/** The largest file that is read, in bytes. */
const longest = 100_000_000;

/** The most levels of lists and tables in one. */
const deepest = 100;

/** A file that exists but does not have the expected contents. */
export class DamagedFile extends WeftError {
  constructor(
    readonly path: string,
    /** What is wrong with the contents. */
    readonly problem: string,
  ) {
    super(`${path} is damaged: ${problem}.`, 'Bring it back from a copy, or remove it.');
  }
}

/** The contents of a JSON file. Throws a `DamagedFile` that names the first wrong field, or the error of `fileError` if it cannot be read. */
export async function readJson<T>(path: string, schema: ZodType<T>): Promise<T> {
  return fitting(path, await readAny(path), schema);
}

/** The JSON in a file, checked for its depth alone. */
export async function readAny(path: string): Promise<unknown> {
  const text = (await readWhole(path, longest)).toString('utf8');
  const value = parsed(path, text);
  if (isDeep(value)) throw new DamagedFile(path, `it has lists or tables more than ${deepest} deep`);
  return value;
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DamagedFile(path, text.trim() === '' ? 'it is empty' : 'it is not JSON');
  }
}

/** Whether a value has more than `deepest` levels: what goes through it level by level would run out of stack. */
export function isDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= deepest; depth++) {
    level = level.flatMap((x) => (typeof x === 'object' && x !== null ? Object.values(x) : []));
    if (level.length === 0) return false;
  }
  return true;
}

/** A value from the file `path`, checked against the schema. */
export function fitting<T>(path: string, value: unknown, schema: ZodType<T>): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  const at = first.path.join('.');
  throw new DamagedFile(path, `${at ? `${at}: ` : ''}${first.message.replace(/\.$/, '')}`);
}
