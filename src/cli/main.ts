/** Runs one command line from its arguments to its exit status. */
// Tested by test/cli/failure.test.ts.
import { CommanderError } from 'commander';
import { reportFailure } from './failure';
import { createProgram } from './program';

/** Exit statuses: 0 fine, 1 the spec or input is wrong, 2 usage, 3 the environment lacks something; 130 interrupted. */
export async function main(args: readonly string[]): Promise<number> {
  endQuietlyOnClosedPipe();
  try {
    process.exitCode = 0;
    await createProgram().parseAsync([...args], { from: 'user' });
    return Number(process.exitCode);
  } catch (error) {
    // Commander has already printed its message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportFailure(error, args);
  }
}

/** `weft … | head` ends when head does. Nobody left to read what is said beside the results stops no work. */
function endQuietlyOnClosedPipe(): void {
  const isClosed = ({ code }: NodeJS.ErrnoException): boolean => code === 'EPIPE' || code === 'EIO';
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!isClosed(error)) throw error;
    process.exit(Number(process.exitCode ?? 0));
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (!isClosed(error)) throw error;
  });
}
