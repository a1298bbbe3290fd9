/** Handles Ctrl-C and other signals that end a process: the first asks for an orderly end, the second ends at once. */
// Tested by test/cli/train.test.ts.

/** Sent by the keyboard, by a job system, and by a terminal that is closed. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class Interrupt {
  private readonly controller = new AbortController();
  private listening = false;

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Replaces the system's own reaction, which is to end at once; `onFirst` tells the user what happens. */
  listen(onFirst: () => void): void {
    if (this.listening) return;
    this.listening = true;
    this.handler = () => {
      if (this.signal.aborted) process.exit(130);
      onFirst();
      this.controller.abort();
    };
    for (const signal of signals) process.on(signal, this.handler);
  }

  stop(): void {
    for (const signal of signals) process.off(signal, this.handler);
  }

  private handler: () => void = () => {};
}
