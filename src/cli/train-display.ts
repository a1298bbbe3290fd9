/** The output of a training run for people: its start, a bar with loss and speed, and the files it left. */
// Tested by test/cli/train.test.ts.
import type { TrainMetrics } from '../train/metrics';
import type { TrainEvent } from '../train/train';
import type { Interrupt } from './interrupt';
import { formatDuration, startProgress, type Progress } from './progress';

export class TrainDisplay {
  private progress: Progress | null = null;
  private drawing: Progress | null = null;
  /** The displayed loss and its named parts: averages over about twenty steps. */
  private readonly shown = new Map<string, number>();
  private starting = Date.now();
  /** The newest loss on held-out images. */
  private validation = '';
  private waiting = 0;

  constructor(
    private readonly steps: number,
    private readonly out: string,
    private readonly interrupt: Interrupt,
  ) {}

  event(event: TrainEvent): void {
    switch (event.kind) {
      case 'warning':
        return this.say(`warning: ${event.message}`);
      case 'start':
        return this.say(event.message);
      case 'resumed':
        return this.say(`Going on after step ${event.step}, from ${event.path}`);
      case 'phase':
        this.stop();
        return this.say(`From step ${event.step} on: ${event.changes}`);
      case 'compiling':
        this.starting = Date.now();
        return this.say(
          `${millions(event.parameters)} ${event.parameters === 1 ? 'parameter' : 'parameters'}. Compiling the training step for ${event.backend} …`,
        );
      case 'first-step':
        // Before this point nothing would be lost, and a backend that compiles does not react to signals.
        this.interrupt.listen(() => this.say('Finishing the step, then saving. Ctrl-C again ends at once.'));
        return this.say(`First step done after ${formatDuration((Date.now() - this.starting) / 1000)}.`);
      case 'rewound':
        return this.say(
          `Step ${event.from}: ${event.because}. Going on from step ${event.to} with other images and noise.`,
        );
      case 'checkpoint':
        return;
      case 'restarting':
        this.stop();
        return this.say(event.message);
      case 'samples':
        return this.say(`Samples after step ${event.step}: ${event.path}`);
      case 'interrupted':
        this.stop();
        process.exitCode = 130;
        return this.say(`Stopped after step ${event.step}. Go on with: weft train --resume --out ${this.out}`);
      case 'finishing':
        this.stop();
        return this.say('Writing weights and drawing samples …');
      case 'finished':
        this.stop();
        for (const path of Object.values(event.files ?? {}).flat()) if (path) console.log(path);
    }
  }

  async step({ step, loss, validationLoss, parts, imagesPerSecond, waiting = 0 }: TrainMetrics): Promise<void> {
    if (validationLoss !== undefined) this.validation = `  held out ${validationLoss.toFixed(4)}`;
    this.progress ??= await startProgress('training', this.steps, step - 1);
    for (const [name, value] of Object.entries({ loss, ...parts }))
      this.shown.set(name, 0.95 * (this.shown.get(name) ?? value) + 0.05 * value);
    const losses = [...this.shown].map(([name, value]) => `${name} ${value.toFixed(4)}`).join('  ');
    const speed = imagesPerSecond === null ? '' : `  ${imagesPerSecond.toFixed(imagesPerSecond < 10 ? 1 : 0)} images/s`;
    this.waiting = 0.95 * this.waiting + 0.05 * waiting;
    const idle = Math.round(100 * this.waiting);
    // Every run waits for a little while.
    const waits = idle < 2 ? '' : `  ${idle} % waiting for images`;
    this.progress.update(step, `${losses}${this.validation}${speed}${waits}`);
  }

  sampling(done: number, total: number): void {
    if (this.drawing) this.drawing.update(done);
    else if (done === 1) void startProgress('sampling', total).then((p) => (this.drawing = p));
  }

  stop(): void {
    this.progress?.stop();
    this.drawing?.stop();
    this.progress = this.drawing = null;
  }

  private say(text: string): void {
    if (this.progress) this.progress.say(text);
    else process.stderr.write(`${text}\n`);
  }
}

/** "12", "20 k", "1.5 M". */
function millions(count: number): string {
  if (count < 1e4) return String(count);
  return count < 1e6 ? `${(count / 1e3).toFixed(0)} k` : `${(count / 1e6).toFixed(count < 1e7 ? 1 : 0)} M`;
}
