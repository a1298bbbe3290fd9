/** Ctrl-C, or what ends a process from outside: the first one asks to end in good order, the second one ends at once. */
// Tested by test/cli/train.test.ts.

/** From the keyboard, from a job system, and from a terminal that is closed. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class Interrupt {
  private readonly controller = new AbortController();
  private listening = false;

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Takes over from the system's own answer, which is to end at once; `onFirst` tells the user what happens now. */
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
