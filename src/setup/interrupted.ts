/** Cleans up where a process is interrupted in the midst of its work. */
// Tested by test/setup/download-tensorflow.test.ts.

/** Runs `clean` when the process is interrupted, before what was asked for earlier; the result takes the handlers off again. */
export function onInterrupt(clean: () => void): () => void {
  const handler = (signal: NodeJS.Signals) => {
    clean();
    stop();
    process.kill(process.pid, signal);
  };
  const stop = () => {
    process.off('SIGINT', handler);
    process.off('SIGTERM', handler);
  };
  process.prependListener('SIGINT', handler);
  process.prependListener('SIGTERM', handler);
  return stop;
}
