/** Resolves a TARGET: a spec file, and a model or recipe in it. */
// Tested by test/cli/commands.test.ts.
import { existsSync } from 'node:fs';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { requirePath } from '../compiler/diagnostics/require-kind';

export interface Target {
  readonly file: string;
  readonly name: string | null;
}

/** Splits FILE#Name. If the name of an existing file contains `#`, it is not split. */
export function parseTarget(text: string): Target {
  requirePath(text);
  const at = text.lastIndexOf('#');
  if (at < 0 || existsSync(text)) return { file: text, name: null };
  const [file, name] = [text.slice(0, at), text.slice(at + 1)];
  if (file === '') throw new WeftError(`"${text}" names no file.`, `Write FILE#${name || 'Name'}.`, 2);
  if (name === '') throw new WeftError(`"${text}" names nothing in the file.`, `Write ${file} or ${file}#Name.`, 2);
  return { file, name };
}
