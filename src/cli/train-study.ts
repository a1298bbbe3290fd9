/** The output of training a study: a bar across all runs, a line for each, and the table. */
import { counted } from '../compiler/diagnostics/counted';
import { join } from 'node:path';
import { streamProgress } from '../setup/progress';
import type { StudyPlan, StudyRun } from '../study/plan';
import { extentOf, renderExtent } from '../study/extent';
import { recipesOf, renderStudyTable } from '../study/table';
import { trainStudy, type StudyEvent } from '../study/train-study';
import { Interrupt } from './interrupt';
import type { TrainCommandOptions } from './train';
import { startProgress, type Progress } from './progress';

export async function runStudy(
  plan: StudyPlan,
  { json = false, threads, devices, compile }: Pick<TrainCommandOptions, 'json' | 'threads' | 'devices' | 'compile'>,
): Promise<void> {
  const runs = plan.cases.flatMap((c) => c.runs).filter((run) => run.wanted);
  const extent = renderExtent(extentOf(recipesOf(plan)));
  console.error(`${plan.title}: ${counted(runs.length, 'run')} of ${extent}, into ${plan.out}`);
  const interrupt = new Interrupt();
  const display = new StudyDisplay(await startProgress('study', stepsOf(runs)), runs);
  interrupt.listen(() => display.say('Finishing the step, then saving. Ctrl-C again ends at once.'));
  try {
    const onEvent = (event: StudyEvent): void => display.event(event);
    const table = await trainStudy(plan, {
      threads,
      devices,
      compile,
      signal: interrupt.signal,
      setup: streamProgress(),
      onEvent,
    });
    display.stop();
    if (!table) {
      console.error('Stopped; the same command goes on.');
      process.exitCode = 130;
      return;
    }
    console.log(json ? JSON.stringify(table, null, 2) : renderStudyTable(table));
    if (plan.recipe.score) console.error(join(plan.out, 'samples.png'));
  } finally {
    display.stop();
    interrupt.stop();
  }
}

/** The steps of some runs together. */
function stepsOf(runs: readonly StudyRun[]): number {
  return runs.reduce((sum, { recipe }) => sum + recipe.steps, 0);
}

class StudyDisplay {
  private steps = 0;
  private before = 0;
  private loss: number | null = null;
  private name = '';

  constructor(
    private readonly progress: Progress,
    private readonly runs: readonly StudyRun[],
  ) {}

  event(event: StudyEvent): void {
    switch (event.kind) {
      case 'run':
        this.before = stepsOf(this.runs.slice(0, event.index));
        this.steps = event.run.recipe.steps;
        this.loss = null;
        this.name = nameOf(event.run);
        if (event.known) this.progress.say(`${this.name}: finished before`);
        return this.progress.update(this.before, this.name);
      case 'step': {
        const { step, loss } = event.metrics;
        this.loss = this.loss === null ? loss : 0.95 * this.loss + 0.05 * loss;
        return this.progress.update(this.before + step, `${this.name}  loss ${this.loss.toFixed(4)}`);
      }
      case 'note':
        return this.progress.say(`${this.name}: ${event.message}`);
      case 'scoring':
        return this.progress.update(
          this.before + this.steps - 1,
          `${this.name}  ${event.what} ${event.done}/${event.total}`,
        );
      case 'finished': {
        const { loss, score } = event.result;
        const distance = score ? `, Fréchet distance ${score.distance.toFixed(2)} (${score.extractor.extractor})` : '';
        return this.progress.say(`${nameOf(event.run)}: loss ${loss.toFixed(4)}${distance}`);
      }
    }
  }

  say(text: string): void {
    this.progress.say(text);
  }

  stop(): void {
    this.progress.stop();
  }
}

function nameOf({ case: name, seed }: StudyRun): string {
  return `${name}, seed ${seed}`;
}
