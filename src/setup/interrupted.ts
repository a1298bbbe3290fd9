/** Cleans up when a process is interrupted during its work. */
// Tested by test/setup/download-tensorflow.test.ts.

/** Runs `clean` when the process is interrupted, before handlers that were added earlier; the returned function removes the handlers. */
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
