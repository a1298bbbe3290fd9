/** How the set-up tells a person what it is doing: steps as lines, downloads as growing byte counts. */
// Tested by test/text/minilm-files.test.ts.

export interface SetupProgress {
  /** One finished or starting step, as a sentence. */
  step(text: string): void;
  /** Bytes done so far of a long transfer; `total` where it is known. */
  bytes(label: string, done: number, total: number | null): void;
  /** Ends a transfer's line. */
  endBytes(): void;
}

/** Says nothing. */
export const silentProgress: SetupProgress = { step: () => {}, bytes: () => {}, endBytes: () => {} };

/** Writes to a stream: a bar that is redrawn on a terminal, a line every two seconds elsewhere. */
export function streamProgress(stream: NodeJS.WriteStream = process.stderr): SetupProgress {
  let lastLine = 0;
  let open = false;
  return {
    step: (text) => stream.write(`${text}\n`),
    bytes(label, done, total) {
      if (stream.isTTY) {
        open = true;
        stream.write(`\r\u001b[K${label} ${bar(done, total)}`);
      } else if (Date.now() - lastLine > 2000) {
        lastLine = Date.now();
        stream.write(`${label} ${amount(done, total)}\n`);
      }
    },
    endBytes() {
      if (open) stream.write('\n');
      open = false;
    },
  };
}

function bar(done: number, total: number | null): string {
  if (!total) return amount(done, total);
  const width = 24;
  const filled = Math.min(width, Math.round((done / total) * width));
  return `[${'='.repeat(filled)}${' '.repeat(width - filled)}] ${amount(done, total)}`;
}

function amount(done: number, total: number | null): string {
  const mega = (n: number) => (n / 1e6).toFixed(0);
  return total ? `${mega(done)} of about ${mega(total)} MB` : `${mega(done)} MB`;
}
