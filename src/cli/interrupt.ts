/** Ctrl-C: the first one asks to end in good order, the second one ends at once. */

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
    process.on('SIGINT', this.handler);
    process.on('SIGTERM', this.handler);
  }

  stop(): void {
    process.off('SIGINT', this.handler);
    process.off('SIGTERM', this.handler);
  }

  private handler: () => void = () => {};
}
