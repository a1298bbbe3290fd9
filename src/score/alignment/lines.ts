/** Files of results in JSON lines, with a message that names file and line where one is wrong. */
// Tested by test/score/alignment/geneval.test.ts.
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { readTextFile } from '../../data/folder/text-file';
import { isRecord } from '../../files/record';

/** Results of tens of thousands of pictures. */
const mostBytes = 2e9;

/** The fields of a line, and where it is: `results.jsonl, line 3`. */
export interface Line {
  readonly fields: { readonly [name: string]: unknown };
  readonly where: string;
}

export async function readLines(path: string): Promise<{ readonly text: string; readonly where: string }[]> {
  const lines = (await readTextFile(path, mostBytes)).split(/\r?\n/);
  return lines.flatMap((text, i) => (text.trim() === '' ? [] : [{ text, where: `${path}, line ${i + 1}` }]));
}

export function parsedLine(text: string, where: string): Line {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch (error) {
    throw wrongLine(where, `it is no JSON: ${error instanceof Error ? error.message : 'unknown'}`);
  }
  if (isRecord(fields)) return { fields, where };
  throw wrongLine(where, 'an object was expected');
}

/** A field that must be a text. */
export function textOf({ fields, where }: Line, name: string): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw wrongLine(where, `${name} is ${JSON.stringify(value) ?? 'missing'}, but must be a text`);
}

export function wrongLine(where: string, why: string): WeftError {
  return new WeftError(`${where} cannot be used: ${why}.`, null);
}
