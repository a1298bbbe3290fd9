/** Runs one command line from its arguments to its exit status. */
// Tested by test/cli/fmt.test.ts.
import { CommanderError } from 'commander';
import { reportFailure } from './failure';
import { createProgram } from './program';

/** Exit statuses: 0 success, 1 wrong spec or input, 2 usage, 3 something missing in the environment, 130 interrupted. */
export async function main(args: readonly string[]): Promise<number> {
  goOnWithClosedPipe();
  try {
    process.exitCode = 0;
    await createProgram().parseAsync([...args], { from: 'user' });
    return Number(process.exitCode);
  } catch (error) {
    // Commander has already printed its message, or the requested help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportFailure(error, args);
  }
}

/** With `weft … | head` nobody may read the output any more. Work goes on, and the exit status is still that of the command. */
function goOnWithClosedPipe(): void {
  const closed = ['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED'];
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!closed.includes(error.code ?? '')) throw error;
    });
  }
}
