/** Reports errors: a message for people, and an exit status by kind for scripts. */
import pc from 'picocolors';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { printable } from '../compiler/diagnostics/printable';
import { saveReproduction } from './reproduction';

const { bold, cyan, red } = pc.createColors(pc.isColorSupported && process.stderr.isTTY === true);

/** Writes an error to stderr and returns its exit status; the context of an internal error is saved in a file. */
export function reportFailure(error: unknown, args: readonly string[] = process.argv.slice(2)): number {
  // The diagnostics of a spec are already rendered.
  if (error instanceof WeftError && 'diagnostics' in error) console.error(error.message);
  else if (error instanceof WeftError) console.error(failureText(error.message, error.hint));
  else console.error(internalText(error, saveReproduction(error, args)));
  if (process.env.WEFT_DEBUG && error instanceof Error) console.error(error.stack);
  return error instanceof WeftError ? error.exitCode : 1;
}

function failureText(message: string, hint: string | null): string {
  const lines = [`${red(bold('error:'))} ${message}`];
  if (hint) lines.push(`${cyan('hint:')} ${hint}`);
  return lines.join('\n');
}

function internalText(error: unknown, report: string | null): string {
  const what = (error instanceof Error ? error.message || error.name : String(error)).split('\n')[0];
  const kept = report
    ? `The command, the stack and the specs are in ${report}: look through it, then send it with your report.`
    : 'Please report it with the command and the spec; WEFT_DEBUG=1 adds the stack.';
  return failureText(`internal: ${printable(what)}`, `This is a defect of weft, not of your spec. ${kept}`);
}
