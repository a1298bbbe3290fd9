/** Progress on stderr: a bar that is redrawn on a terminal, lines now and then elsewhere. */
// Tested by test/cli/train.test.ts.
import type { SingleBar } from 'cli-progress';

export interface Progress {
  /** `done` of `total`, and a note on the current state (`loss 0.41`). */
  update(done: number, note?: string): void;
  /** Writes a message without disturbing the bar. */
  say(text: string): void;
  stop(): void;
}

/** Seconds between lines if the output is not a terminal. */
const lineInterval = 10;

/** Starts at `from`; `what` names the work (`training`). */
export async function startProgress(what: string, total: number, from = 0): Promise<Progress> {
  return process.stderr.isTTY ? barProgress(what, total, from) : lineProgress(what, total, from);
}

/** Progress of work that is often done at once: nothing is shown before the first update. */
export function laterProgress(what: string): { update(done: number, total: number): void; stop(): Promise<void> } {
  let started: Promise<Progress> | null = null;
  return {
    update(done, total) {
      started ??= startProgress(what, total);
      void started.then((progress) => progress.update(done));
    },
    stop: async () => (await started)?.stop(),
  };
}

/** `1 h 02 min`, `3 min 20 s`, `12 s`. */
export function formatDuration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')} min`;
}

async function barProgress(what: string, total: number, from: number): Promise<Progress> {
  const { default: cliProgress } = await import('cli-progress');
  const clock = new Clock(total, from);
  const start = (at: number, note: string): SingleBar => {
    const bar = new cliProgress.SingleBar({
      format: `${what} {bar} {value}/{total}  {note}  {left}`,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 24,
      hideCursor: true,
      clearOnComplete: false,
      gracefulExit: false,
      stream: process.stderr,
    });
    bar.start(total, at, { note, left: '' });
    return bar;
  };
  let [done, note] = [from, ''];
  let bar: SingleBar | null = start(done, note);
  return {
    update(value, text = '') {
      [done, note] = [value, text];
      bar?.update(done, { note, left: clock.left(done) });
    },
    say(text) {
      bar?.stop();
      process.stderr.write(`${text}\n`);
      if (bar) bar = start(done, note);
    },
    stop() {
      bar?.stop();
      bar = null;
    },
  };
}

function lineProgress(what: string, total: number, from: number): Progress {
  const clock = new Clock(total, from);
  let last = Date.now();
  return {
    update(done, note = '') {
      if (done < total && Date.now() - last < lineInterval * 1000) return;
      last = Date.now();
      const parts = [`${what} ${done}/${total}`, note, done < total ? clock.left(done) : ''];
      process.stderr.write(`${parts.filter(Boolean).join('  ')}\n`);
    },
    say: (text) => void process.stderr.write(`${text}\n`),
    stop: () => {},
  };
}

/** Estimates the time left from the time since the first update, so that preparation is not counted. */
class Clock {
  private first: { readonly at: number; readonly done: number } | null = null;

  constructor(
    private readonly total: number,
    private readonly from: number,
  ) {}

  left(done: number): string {
    this.first ??= { at: Date.now(), done };
    const steps = done - this.first.done;
    if (steps < 3 || done <= this.from) return '';
    return `${formatDuration(((Date.now() - this.first.at) / 1000 / steps) * (this.total - done))} left`;
  }
}
