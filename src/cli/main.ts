/** Runs one command line from its arguments to its exit status. */
// Tested by test/cli/fmt.test.ts.
import { CommanderError } from 'commander';
import { reportFailure } from './failure';
import { createProgram } from './program';

/** Exit statuses: 0 fine, 1 the spec or input is wrong, 2 usage, 3 the environment lacks something; 130 interrupted. */
export async function main(args: readonly string[]): Promise<number> {
  goOnWithClosedPipe();
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

/** `weft … | head` leaves nobody to read what is said. That stops no work, and the exit status is still that of the command. */
function goOnWithClosedPipe(): void {
  const closed = ['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED'];
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!closed.includes(error.code ?? '')) throw error;
    });
  }
}
