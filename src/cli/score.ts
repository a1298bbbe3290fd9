/** `weft score`: scores a run's samples, by captions if these can be checked, otherwise by the distance from the training pictures. */
import { Option, type Command } from 'commander';
import type { BackendName } from '../backends/session';
import {
  addBackend,
  addChoice,
  addSampling,
  addSet,
  addThreads,
  type Overrides,
  type SamplingOptions,
} from './options';
import { scoreRanges } from '../compiler/recipe/train';
import { numberIn, positiveInteger, seedNumber } from './option-values';

export interface ScoreCommandOptions extends SamplingOptions {
  readonly run: string;
  readonly weights?: string;
  readonly which?: string;
  readonly count?: number;
  readonly size?: number;
  readonly seed: number;
  readonly by?: 'shape' | 'colour' | 'count' | 'position';
  readonly batch?: number;
  readonly backend: BackendName | 'auto';
  readonly threads?: number;
  readonly set?: Overrides;
  readonly json?: boolean;
}

export function registerScore(program: Command): void {
  const command = program
    .command('score')
    .description(
      'judge what a trained model draws: scenes and compositions by their captions, other pictures by the Fréchet distance',
    )
    .requiredOption('--run <folder>', 'a training run: on captioned scenes, or of a model without text')
    .option('--weights <file>', "in place of the run's averaged weights")
    .option(
      '--count <n>',
      'images for the held-out captions, and as many for captions seen in training (192 of scenes, 32 of each category of compositions); pictures to compare (500)',
      positiveInteger,
    )
    .option(
      '--size <n>',
      'side that pictures are brought to before their features are read (96)',
      numberIn(scoreRanges.size),
    );
  addThreads(addSet(addBackend(addSampling(addChoice(command)))))
    .option('--seed <n>', 'seed of captions and noise', seedNumber, 0)
    .addOption(
      new Option('--by <what>', 'of scenes, a row for each shape, colour, count or position').choices([
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
Of a run on captioned scenes: draws one image for each caption and finds the things in it: do all have the shape and the colour that the caption says, are
there as many, and are they where it says? Held-out captions are of the combinations that split: train never shows. Pictures
that were made for the held-out captions are scored too: that is the most that can be had.

Of a run on compositions: the same by category, after those of GenEval. A picture is right if everything that its caption says is so, and nothing else
is there. Of long captions each fact is judged by itself too; nothing holds of a shape that is not there.

Of a model without text: draws classes as often as the training set has them, and prints the Fréchet distance between features
of these and of all training pictures, as studies do (docs/ablations.md). Smaller is better. Compare only equal counts and sizes.

Examples:
  weft score --run runs/digits --solver euler --steps 1
  weft score --run runs/scenes
  weft score --run runs/scenes --by position
  weft score --run runs/digits --set 'sample.solver=euler_maruyama(steps: 50)'     a solver that the run's spec declares or imports
  weft score --run runs/scenes --count 960 --guidance 3 --json`,
    )
    .action(async (options: ScoreCommandOptions) => {
      const { scoreRun } = await import('./score-run');
      await scoreRun(options);
    });
}
