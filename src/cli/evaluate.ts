/** `weft evaluate`: how far pictures are from others, by the metrics that papers report. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { BackendName } from '../backends/session';
import { resizeRules, type ResizeRule } from '../data/resize';
import { metrics, type MetricName } from '../score/metric-names';
import { isGuarded, runGuarded } from './guarded-child';
import { addBackend, addChoice, addSampling, addThreads, type SamplingOptions } from './options';
import { numberIn, positiveInteger, seedNumber } from './option-values';
import { writtenAxis, type WrittenAxis } from '../study/written-axis';

export interface EvaluateCommandOptions extends SamplingOptions {
  readonly against?: string;
  readonly images?: number;
  readonly metrics?: readonly MetricName[];
  readonly extractor?: string;
  readonly extractorWeights?: string;
  readonly size?: number;
  readonly resize: ResizeRule;
  readonly seeds: readonly number[];
  readonly weights?: string;
  readonly which?: string;
  readonly classes?: number;
  readonly pairs: number;
  readonly resamples: number;
  readonly saveStatistics?: string;
  readonly nearest?: string;
  readonly sweep?: readonly WrittenAxis[];
  readonly chart?: string;
  readonly backend: BackendName | 'auto';
  readonly threads?: number;
  readonly json?: boolean;
}

const names = Object.keys(metrics);

export function registerEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .description('measure how near pictures are to others: Fréchet distance, precision and recall, and more')
    .argument(
      '<subjects...>',
      'training runs, exported samplers (.onnx), folders of pictures, or files of statistics (.npz)',
    )
    .option(
      '--against <what>',
      'a folder of pictures, a source such as mnist or scenes, or a file of statistics (.npz); of a run the pictures it was trained on by default',
    )
    .option(
      '--images <n>',
      'pictures of each set: all of a folder or source by default, 5000 of a run or a sampler',
      positiveInteger,
    )
    .option('--metrics <list>', `some of ${names.join(', ')}; all that can be had by default`, readMetrics)
    .option(
      '--extractor <target>',
      'FILE#Model of a spec whose outputs are features; the packaged EfficientNet-Lite0 by default',
    )
    .option('--extractor-weights <file>', 'weights of that model: safetensors, or a PyTorch checkpoint')
    .option(
      '--size <n>',
      "side that the extractor sees; of the packaged one 96, else the spec's",
      numberIn({ whole: true, min: 1, max: 4096 }),
    )
    .addOption(
      new Option('--resize <rule>', 'how pictures are brought to it, by the program that does so')
        .choices(Object.keys(resizeRules))
        .default('pytorch-fid'),
    )
    .option(
      '--seeds <list>',
      'seeds of the noise, for instance 0,1,2: runs and samplers are drawn and measured with each',
      readSeeds,
      [0],
    )
    .option('--weights <file>', "in place of a run's averaged weights")
    .option(
      '--classes <n>',
      'of an exported sampler by class: how many there are; they are drawn in turn',
      positiveInteger,
    );
  addThreads(addBackend(addSampling(addChoice(command))))
    .option('--pairs <n>', 'the most pictures of each set that are compared in pairs', positiveInteger, 10_000)
    .option(
      '--resamples <n>',
      'how often pictures are drawn again for intervals; 0 for none',
      numberIn({ whole: true, min: 0, max: 100_000 }),
      1000,
    )
    .option('--save-statistics <file>', 'write mean and covariance of the first subject as others read them (.npz)')
    .option(
      '--nearest <file>',
      'draw the pictures of the first subject that are nearest to one compared with, each beside it (.png)',
    )
    .option(
      '--sweep <setting=values>',
      'of one run: draw and measure it with each of these values, and every combination with those of another --sweep (repeatable)',
      readAxis,
    )
    .option('--chart <file>', 'draw the results of --sweep as a picture (.png)')
    .option('--json', 'print the results as JSON')
    .addHelpText(
      'after',
      `
A number means something beside another only if both have the same extractor, resize rule, number of pictures and pictures compared
with, so these are printed with it. FID is the Fréchet distance of InceptionV3: give its spec and its weights, and the statistics of the
paper you compare with. docs/evaluation.md says what each metric tells and what it does not.

--nearest shows whether a model repeats what it was trained on: the eight pictures whose nearest neighbour is nearest, each before its
five nearest. Authenticity counts them: the share of pictures whose nearest neighbour has a nearer one among those compared with, about a half
for new pictures of the same kind, 0 for copies.

Features are kept in the cache in parts: after Ctrl-C the same command goes on where it was.

--sweep takes solver, steps, shift, guidance, scale, from, to and interval, and any other number of solver and guidance by its key in a
spec, such as guidance.rescale. Values are written as in a spec. A solver by its name alone keeps steps and shift; guidance=none is
without. The table has the mean and the spread over --seeds, the evaluations of the model for one picture, and a star where no other
combination is better with as few. With --sweep the metrics are frechet, precision and recall unless --metrics names others; the
first is that of the star and the chart.

Resize rules:
${Object.entries(resizeRules)
  .map(([name, what]) => `  ${name.padEnd(15)} ${what}`)
  .join('\n')}

Examples:
  weft evaluate runs/digits
  weft evaluate runs/digits --seeds 0,1,2 --images 2000 --metrics frechet,precision,recall
  weft evaluate runs/digits --which "power(0.15)"
  weft evaluate runs/digits --metrics authenticity --nearest nearest.png
  weft evaluate runs/digits --images 500 --seeds 0,1,2 --sweep solver=euler,heun,flow_dpm --sweep steps=5,10,25 --chart steps.png
  weft evaluate runs/digits --sweep scale=1,2,4 --sweep "interval=(0,1),(0.1,0.9)"
  weft evaluate samples/ --against photos/ --json
  weft evaluate sampler.onnx --against photos/ --images 10000
  weft evaluate photos/ --save-statistics photos.npz
  weft evaluate samples/ --against statistics.npz --extractor specs/encoders/inception-v3.weft#InceptionV3 \\
    --extractor-weights pt_inception-2015-12-05-6726825d.pth`,
    )
    .action(async (subjects: readonly string[], options: EvaluateCommandOptions) => {
      // While ONNX Runtime runs a file, its process hears no signal.
      const file = [...subjects, options.against].find((path) => path?.endsWith('.onnx'));
      if (file !== undefined && !isGuarded()) {
        process.exitCode = await runGuarded({ what: file });
        return;
      }
      const { evaluateAll } = await import('./evaluate-sets');
      await evaluateAll(subjects, options);
    });
}

function readMetrics(text: string): readonly MetricName[] {
  return text.split(',').map((part) => {
    const found = names.find((name): name is MetricName => name === part.trim());
    if (found) return found;
    throw new InvalidArgumentError(`There is no metric "${part.trim()}". It has ${names.join(', ')}.`);
  });
}

function readAxis(text: string, previous: readonly WrittenAxis[] = []): readonly WrittenAxis[] {
  const axis = writtenAxis(text);
  if (axis) return [...previous, axis];
  throw new InvalidArgumentError('Write SETTING=VALUE,VALUE, for instance steps=5,10,25.');
}

function readSeeds(text: string): readonly number[] {
  const seeds = text.split(',').map(seedNumber);
  if (new Set(seeds).size < seeds.length) throw new InvalidArgumentError('A seed is there twice.');
  return seeds;
}
