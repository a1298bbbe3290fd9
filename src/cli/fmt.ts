/** `weft fmt`: writes specs in the one standard format; line breaks and comments stay as they are. */
import { codeOf, messageOf } from '../files/file-error';
import { isUtf8 } from 'node:buffer';
import { readFile, realpath } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Diagnostic } from '../compiler/diagnostics/diagnostic';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { buffer } from 'node:stream/consumers';

export function registerFmt(program: Command): void {
  program
    .command('fmt')
    .description('format spec files: indentation, spaces, columns, blank lines; line breaks and comments stay')
    .argument('<file...>', 'spec files, or - to format standard input to standard output')
    .option('--check', 'change nothing; name the files that are not formatted and exit with 1')
    .addHelpText(
      'after',
      `
A file with syntax errors is left as it is, with exit status 1. Files are written whole or not at all.

Examples:
  weft fmt my-model.weft
  weft fmt specs/*.weft --check
  weft fmt - < my-model.weft`,
    )
    .action(fmt);
}

async function fmt(files: readonly string[], options: { check?: boolean }): Promise<void> {
  for (const file of files) {
    const outcome = await formatOne(file, (options.check ?? false) ? 'check' : 'write');
    if (outcome === 'wrong') process.exitCode = 1;
  }
}

/** Formats a file; `wrong` if it has syntax errors, or if it is only checked and not formatted. */
async function formatOne(file: string, mode: 'check' | 'write'): Promise<'fine' | 'wrong'> {
  const [{ format }, { Source }, { writeFileAtomic }] = await Promise.all([
    import('../compiler/format/format'),
    import('../compiler/source'),
    import('../files/atomic'),
  ]);
  const [name, text] = file === '-' ? ['standard input', await readInput()] : [file, await readSpec(file)];
  const formatted = format(new Source(name, text));
  if (formatted.text === null) {
    await tell(formatted.errors);
    return 'wrong';
  }
  const same = formatted.text === text;
  if (mode === 'check') {
    if (!same) console.log(name);
    return same ? 'fine' : 'wrong';
  }
  if (file === '-') process.stdout.write(formatted.text);
  else if (!same) {
    await writeFileAtomic(await realpath(file), formatted.text);
    console.log(`${file}: formatted`);
  }
  return 'fine';
}

async function readSpec(file: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const isFolder = codeOf(error) === 'EISDIR';
    throw new WeftError(
      isFolder ? `${file} is a folder.` : `${file} cannot be read: ${messageOf(error)}`,
      isFolder ? `Name its specs: weft fmt ${file}/*.weft` : null,
    );
  }
  return asText(bytes, file);
}

async function readInput(): Promise<string> {
  return asText(await buffer(process.stdin), 'Standard input');
}

function asText(bytes: Buffer, name: string): string {
  if (!isUtf8(bytes)) throw new WeftError(`${name} is not text in UTF-8.`, 'Save it as UTF-8.');
  return bytes.toString('utf8');
}

async function tell(errors: readonly Diagnostic[]): Promise<void> {
  const { renderText } = await import('../compiler/diagnostics/render');
  const colors = process.stderr.isTTY === true && !process.env.NO_COLOR;
  console.error(renderText(errors, { colors }).trimEnd());
}
