/** The settings of a train section, and the type of a recipe after reading: plain data that the programs and runners use. */
// Tested by test/train/run-digest.test.ts.
import {
  countRange,
  positiveRange,
  probabilityRange,
  seedRange,
  sizeRange,
  type NumberRange,
} from '../bind/number-range';
import { scheduleNames } from '../lower/schedule';
import { adapt } from './adapt';
import { align, type Alignment } from './alignment';
import { averagesField } from './averages';
import { buckets } from './buckets';
import { call, oneOf, someOf } from './choices';
import { dataSources } from './data/index';
import { text } from './encoders';
import type { Choice, Chosen, Field, Infer, ParametersOf } from './field';
import { expression, labels, number, string, word } from './fields';
import { objectiveField } from './objectives';
import { optimizerField } from './optimizers';
import { teacherField } from './teacher';

const norm = {
  doc: 'Scales all gradients down together where their global norm is larger.',
  examples: ['norm(1.0)'],
  parameters: { max: number('largest global norm of the gradients', positiveRange) },
} satisfies Choice;

/** Ranges for a distance score: the number of images that are drawn, and the side in pixels to which they are resized. */
export const scoreRanges = {
  samples: { whole: true, min: 2, max: 50_000 },
  size: { whole: true, min: 32, max: 1024 },
} satisfies { readonly [name: string]: NumberRange };

const scores = {
  frechet: {
    doc: 'The Fréchet distance between features of drawn and true images.',
    examples: ['frechet(features: efficientnet_lite0, samples: 2000)'],
    parameters: {
      features: word('the network whose features are compared', ['efficientnet_lite0']),
      samples: number('images drawn from each model', scoreRanges.samples),
      size: number('side in pixels that images are resized to', scoreRanges.size).or(224),
    },
  },
} satisfies { readonly [name: string]: Choice };

const held = {
  held_out: {
    doc: 'The loss of the averaged weights on held-out images, with the same times and noise at every validation.',
    examples: [
      'held_out(every: 1000, data: folder("data/held-out"), images: 2000)',
      'held_out(every: 1000, data: tar("held-out/*.tar"), images: 2000)',
      'held_out(every: 1000, data: parquet("data/test.parquet"), images: 2000)',
      'held_out(every: 1000, data: latents("data/held-out", scale: 0.18215), images: 2000)',
      'held_out(every: 500, data: scenes(count: 2k, split: held_out), images: 1000)',
      'held_out(every: 500, data: compositions(count: 2k, split: held_out), images: 1000)',
      'held_out(every: 500, data: emoji(styles: noto, groups: ["Food & Drink"]), images: 100)',
      'held_out(every: 500, data: mnist(), images: 1000)',
    ],
    parameters: {
      every: number('steps between validations', sizeRange),
      data: oneOf('held-out images, with the same classes as the training data', dataSources),
      images: number('number of images; each is used once', sizeRange),
    },
  },
} satisfies { readonly [name: string]: Choice };

const returns = {
  rewind: {
    doc: 'Goes back to a checkpoint and on from there with other images and noise.',
    examples: ['rewind(500, times: 3)'],
    parameters: {
      steps: number('least number of steps that are undone', sizeRange),
      times: number('largest number of returns in a run; after them a spike ends it', sizeRange).or(3),
      above: number('a loss or gradient norm this many times its median over the last 100 steps is a spike', {
        above: 1,
      }).or(5),
    },
  },
} satisfies { readonly [name: string]: Choice };

/** A condition that is left out at random. */
export interface Drop {
  readonly kind: string;
  readonly probability: number;
}

function left(doc: string, example: string) {
  const parameters = { probability: number('probability that it is left out', probabilityRange) };
  return { doc, examples: [example], parameters } satisfies Choice;
}

const drops = {
  label: left('The class is replaced by "no class".', 'label(0.1)'),
  text: left('The text is replaced by the empty one.', 'text(0.1)'),
};

/** `drop` of a recipe, which may also leave out the conditions that the recipe gives. */
export function dropField(givens: readonly string[]): Field<readonly Drop[], false> {
  const own = givens.map((name) => [name, left('Zeros take its place.', `${name}(0.1)`)] as const);
  return someOf<{ readonly [name: string]: ReturnType<typeof left>['parameters'] }>(
    'conditions that are left out at random, as guidance needs; a condition made by `given` is set to zeros',
    { ...drops, ...Object.fromEntries(own) },
  ).or([]);
}

/** Settings that matter to the result have no default. */
export const trainFields = {
  data: oneOf('training data', dataSources),
  text: call('how captions and prompts are encoded', 'text', text).optional(),
  objective: objectiveField(),
  optimizer: optimizerField(),
  align,
  teacher: teacherField(),
  from: string(
    'file or run folder whose weights the training starts from, where they fit; by default all weights are drawn from the seed',
  ).optional(),
  train: labels(
    'labels of the weights that are trained, while all others are frozen; `*` stands for any text',
  ).optional(),
  freeze: labels('labels of the weights that are frozen; `*` stands for any text').optional(),
  adapt: adapt.optional(),
  warmup: number('steps over which the learning rate rises from 0', countRange).or(0),
  schedule: expression(
    'factor of the learning rate: `cosine`, `falling`, `trapezoid`, or arithmetic with `step`, `steps`, `warmup` and `progress`',
    scheduleNames,
  ).optional(),
  clip: call('gradient clipping', 'norm', norm).orNull(),
  ema: averagesField(
    'decay of the exponential moving average of the weights; samples are drawn with the first of several',
  ).orNull(),
  drop: dropField([]),
  precision: word('number format of matrix products', ['f32', 'bf16']).or('f32'),
  recompute: word('values that the backward pass computes again instead of storing them', ['none', 'blocks']).optional(
    'none',
  ),
  batch: number('images per step', sizeRange),
  buckets: buckets.optional(),
  accumulate: number('number of micro-batches that a batch is computed in, to save memory', sizeRange).optional(1),
  parallel: word(
    'how several devices hold weights, optimiser state and averages: each all of them, each its share, or by predicted memory',
    ['replicate', 'shard', 'auto'],
  ).optional('auto'),
  steps: number('total number of steps', sizeRange),
  seed: number('seed of the weights, the order of the data and the noise', seedRange).or(0),
  checkpoint: number('steps between checkpoints', sizeRange).or(500),
  sample_every: number('steps between grids of samples', sizeRange).optional(),
  snapshot_every: number(
    'steps between copies of the power-function averages, of which averages of other widths can be made after training',
    sizeRange,
  ).optional(),
  validate: oneOf('validation during training', held).optional(),
  on_spike: oneOf(
    'response to a step whose loss or gradients are far above their level, or not finite',
    returns,
  ).optional(),
  seeds: number('in a study: number of seeds that each case is trained with', sizeRange).optional(1),
  score: oneOf('in a study: how its trained cases are scored', scores).optional(),
};

export type ReadTrain = Infer<typeof trainFields>;

export interface TrainRecipe extends Omit<ReadTrain, 'drop' | 'clip' | 'align'> {
  readonly name: string;
  /** The name of a model, or of a study, each case of which is trained. */
  readonly model: string;
  /** Largest global norm of the gradients; null for no clipping. */
  readonly clip: number | null;
  /** Probability of replacing a label by "no class". */
  readonly labelDrop: number;
  /** Probability of replacing a text by the empty prompt; absent for never. */
  readonly textDrop?: number;
  /** By the input's name: the expression of a condition, as text; absent if there are none. */
  readonly given?: { readonly [input: string]: string };
  /** By the input's name: the probability of replacing a given condition by zeros. Each has separate draws. Absent for none. */
  readonly givenDrop?: { readonly [input: string]: number };
  /** Absent if nothing is aligned. */
  readonly align?: Alignment;
  readonly phases: readonly Phase[];
}

/** The values that a `phase at N` sets from step N on; null for values that stay. */
export interface Phase {
  readonly at: number;
  readonly rate: number | null;
  readonly clip: number | null;
  /** What else it sets; absent if nothing. */
  readonly changes?: PhaseChanges;
}

/** Settings that a phase replaces, by another program that goes on with the same state. */
export interface PhaseChanges extends Partial<Pick<TrainRecipe, 'batch' | 'data' | 'ema' | 'precision'>> {
  /** All that is left out from then on. */
  readonly drop?: Pick<TrainRecipe, 'labelDrop' | 'textDrop' | 'givenDrop'>;
  /** Hyper-parameters of the model as text, `size` → `64x64`: its weights stay as they are. */
  readonly hyperparameters?: { readonly [name: string]: string };
}

export type Precision = ReadTrain['precision'];

/** What the backward pass computes again instead of storing it: nothing, or the values inside blocks. */
export type Recompute = NonNullable<ReadTrain['recompute']>;

/** How the trained cases of a study are scored. */
export type ScoreSettings = Chosen<ParametersOf<typeof scores>>;
