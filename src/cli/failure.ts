/** Tells a person what went wrong, and a script which kind of failure it was. */
import pc from 'picocolors';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { printable } from '../compiler/diagnostics/printable';

const { bold, cyan, red } = pc.createColors(pc.isColorSupported && process.stderr.isTTY === true);

/** Writes a failure to stderr and gives the exit status it calls for. */
export function reportFailure(error: unknown): number {
  // A spec's diagnostics are rendered already.
  if (error instanceof WeftError && 'diagnostics' in error) console.error(error.message);
  else if (error instanceof WeftError) console.error(failureText(error.message, error.hint));
  else console.error(internalText(error));
  if (process.env.WEFT_DEBUG && error instanceof Error) console.error(error.stack);
  return error instanceof WeftError ? error.exitCode : 1;
}

function failureText(message: string, hint: string | null): string {
  const lines = [`${red(bold('error:'))} ${message}`];
  if (hint) lines.push(`${cyan('hint:')} ${hint}`);
  return lines.join('\n');
}

function internalText(error: unknown): string {
  const what = (error instanceof Error ? error.message || error.name : String(error)).split('\n')[0];
  return failureText(
    `internal: ${printable(what)}`,
    'This is a defect of weft, not of your spec. Please report it with the command and the spec; WEFT_DEBUG=1 adds the stack.',
  );
}
