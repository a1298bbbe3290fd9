/** Catches what a function throws, as text a test can read. */
import { WeftError } from '../../src/compiler/diagnostics/diagnostic';

/** The message and hint of the WeftError that `run` throws; anything else thrown, or nothing, is an error. */
export async function failureOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof WeftError) return [error.message, error.hint].filter(Boolean).join('\n');
    throw error;
  }
  throw new Error('nothing was thrown');
}
