/** `weft score`: draws scenes that captions ask for and checks whether they show what was said. */
import { Option, type Command } from 'commander';
import type { BackendName } from '../backends/session';
import { addBackend, addSampling, addThreads, type SamplingOptions } from './options';
import { positiveInteger, seedNumber } from './option-values';

export interface ScoreCommandOptions extends SamplingOptions {
  readonly run: string;
  readonly weights?: string;
  readonly count: number;
  readonly seed: number;
  readonly by?: 'shape' | 'colour' | 'count' | 'position';
  readonly batch?: number;
  readonly backend: BackendName | 'auto';
  readonly threads?: number;
  readonly json?: boolean;
}

export function registerScore(program: Command): void {
  const command = program
    .command('score')
    .description('check what a text-to-image model of synthetic scenes draws')
    .requiredOption('--run <folder>', 'a training run on data = scenes(…)')
    .option('--weights <file>', "in place of the run's averaged weights")
    .option(
      '--count <n>',
      'images for the held-out captions, and as many for captions seen in training',
      positiveInteger,
      192,
    );
  addThreads(addBackend(addSampling(command)))
    .option('--seed <n>', 'seed of captions and noise', seedNumber, 0)
    .addOption(
      new Option('--by <what>', 'a row for each shape, colour, count or position').choices([
        'shape',
        'colour',
        'count',
        'position',
      ]),
    )
    .option('--batch <n>', 'images per call of the model', positiveInteger)
    .option('--json', 'print the scores as JSON')
    .addHelpText(
      'after',
      `
Draws one image for each caption and finds the things in it: do all have the shape and the colour that the caption says, are
there as many, and are they where it says? Held-out captions are of the combinations that split: train never shows. Pictures
that were made for the held-out captions are scored too: that is the most that can be had.

Examples:
  weft score --run runs/scenes
  weft score --run runs/scenes --by position
  weft score --run runs/scenes --count 960 --guidance 3 --json`,
    )
    .action(async (options: ScoreCommandOptions) => {
      const { scoreRun } = await import('./score-scenes');
      await scoreRun(options);
    });
}
