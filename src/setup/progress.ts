/** Progress of set-up for people: steps as lines, downloads as growing byte counts. */
// Tested by test/text/minilm-files.test.ts.

export interface SetupProgress {
  /** A step that begins or is finished, as a sentence. */
  step(text: string): void;
  /** Bytes transferred so far of a long transfer; `total` is null if it is not known. */
  bytes(label: string, done: number, total: number | null): void;
  /** Ends a transfer's line. */
  endBytes(): void;
}

/** Prints nothing. */
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
