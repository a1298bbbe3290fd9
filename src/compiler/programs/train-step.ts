/** One training step as one program: gradients, clipping, optimiser and averaged weights. */
import { WeftError } from '../diagnostics/diagnostic';
import type { Dim } from '../ir/dims';
import { input, variable, type Program, type Value, type Variable } from '../ir/graph';
import { substitute } from '../ir/substitute';
import { stepCounterName } from '../lower/context';
import { flowOf } from '../lower/conventions';
import { absent } from '../lower/left-out';
import { tellsOfText, type ModelGraph } from '../lower/model';
import { requireModel } from '../lower/require-model';
import { reduceMean } from '../ops/reduction';
import type { FrozenModel } from '../recipe/teacher';
import { frozenTeacher } from './frozen-teacher';
import type { Alignment, Objective, Optimizer, Precision, Recompute } from '../recipe/index';
import { add, mul } from '../ops/elementwise';
import { concat, reshape } from '../ops/movement';
import { meanSquare } from './loss';
import { withDraws } from './draws';
import { alignment } from './objectives/alignment';
import { onlyInput } from './only-input';
import { velocityModel } from './objectives/velocity-model';
import { soundObjective } from './objectives/sound-objective';
import { isOwnTrained, requireNamed, type NamedWeights } from './freeze';
import { dropGiven, dropLabels, dropTexts } from './drops';
import type { Givens } from '../lower/givens/parse';
import type { OwnLoss, StepInputs } from '../lower/objective/elaborate';
import { givenValues } from './givens';
import { lossByTime, lossByTimeName } from './loss-by-time';
import { MicroBatches } from './micro-batches';
import { averageOf, startOf } from './optimizers/ema';
import type { Averages } from '../recipe/averages';
import { keepsAverages } from '../recipe/optimizers';
import { requireTrainSettings } from './require-train-settings';
import { overBatch, stepGradients, stepUpdate, valuesOf } from './step-halves';
import { asTrained, type TrainedModel, type TrainingChoice } from './trained';
import { ownValue } from '../own-value';

/** The prefix, among the outputs of a step, of names that an objective of the language gives to values. */
export const partPrefix = 'part/';

/**
 * The settings of a recipe that the program depends on; rates, clipping and phases are inputs or handled by the runner. Weights
 * that are not trained have no gradient, no optimiser state and no average.
 */
export interface TrainSettings extends TrainingChoice {
  readonly objective: Objective;
  readonly optimizer: Optimizer;
  readonly ema: Averages | null;
  readonly labelDrop: number;
  readonly textDrop?: number;
  readonly align?: Alignment;
  /** A frozen model that the objective calls. */
  readonly teacher?: FrozenModel;
  /** The expressions of given conditions; conditions without one are inputs. */
  readonly given?: Givens;
  /** The probability of replacing each given condition by zeros. */
  readonly givenDrop?: { readonly [input: string]: number };
  readonly precision: Precision;
  /** `blocks`: the backward pass computes the values inside repeated blocks again instead of storing them. */
  readonly recompute?: Recompute;
  /** The number of parts that the batch of a step is split into; 1 if absent. */
  readonly accumulate?: number;
}

/**
 * Inputs `x0` `[batch, channels, height, width]` in [-1, 1], the model's conditions (`y`, `text` or `tokens`, `text_mask`), and
 * the scalars `rate`, `clip` (largest global norm, infinite for no clipping) and `seed` (i32), so that phases and warm-up need no new
 * program. If texts are dropped, also those of the empty prompt (`text_none`, …), one row each; for alignment also `teacher`.
 * Outputs as `trainStepGiven`. Noise, times and label dropout are drawn from the seed and the step counter.
 */
export function trainStep(model: ModelGraph, settings: TrainSettings): Program {
  return trainPrograms(model, settings).step;
}

/** The programs of a step. */
export interface TrainPrograms {
  /** `train_step`. If there is an `accumulate_step`, that runs on all parts of the batch but the last, and this then on the last. */
  readonly step: Program;
  /** Adds up the gradients of a part of the batch; the input `micro` is its number, from 0. Null if a step has only one part. */
  readonly accumulate: Program | null;
}

/** The programs of a train step. With `accumulate`, both have the input `micro`, and their batch is one part. */
export function trainPrograms(model: ModelGraph, settings: TrainSettings): TrainPrograms {
  requireModel(model);
  requireTrainSettings(settings);
  const counter = stepCounter();
  const trained = asTrained(model, settings);
  const { accumulate = 1 } = settings;
  const parts = accumulate > 1 ? new MicroBatches(accumulate) : null;
  const forward = trainForward(trained, settings, counter, { parts });
  return stepPrograms(trained, settings, counter, { ...forward, microBatches: parts });
}

/** The forward half of a train step: its inputs except `rate` and `clip`, and the values computed from them. */
export interface TrainForward {
  readonly inputs: readonly Value[];
  readonly loss: Value;
  /** The parts of the loss, if it has more than one: `velocity_loss`, `align_loss`, `part/NAME`. */
  readonly parts: { readonly [name: string]: Value };
  /** Turns of the model's repetitions, for each call of the model in the step. */
  readonly turns: readonly string[];
  /** Weights that the loss trains besides the model's. */
  readonly extraWeights: readonly Variable[];
  /** Separate losses (means over the images) with the weights that each of them trains. */
  readonly ownLosses: readonly OwnLoss[];
  /** The values for `watch`, on the noisy images of the step. */
  readonly watched: readonly Value[];
}

interface ForwardOptions {
  /** Values of the model (with its adapters) to return. */
  readonly watch?: readonly Value[];
  /** The parts of the batch; null or absent if it is computed at once. */
  readonly parts?: MicroBatches | null;
  /** Whether the model itself draws nothing, as in sampling. */
  readonly isStill?: boolean;
}

/** Draws times, noise and dropped labels in the graph, and applies the model, with its adapters, to the noisy images. */
export function trainForward(
  { model: given, trained }: Pick<TrainedModel, 'model' | 'trained'>,
  settings: Pick<
    TrainSettings,
    | 'objective'
    | 'ema'
    | 'optimizer'
    | 'labelDrop'
    | 'textDrop'
    | 'align'
    | 'teacher'
    | 'given'
    | 'givenDrop'
    | 'train'
    | 'freeze'
  >,
  counter: Value,
  { watch = [], parts = null, isStill = false }: ForwardOptions = {},
): TrainForward {
  const image = onlyInput(given, 'image');
  const time = onlyInput(given, 'time');
  const conditions = given.inputs.filter((i) => i !== image && i !== time);
  const x0 = input('x0', image.value.shape);
  const seedInput = input('seed', [], 'i32');
  const seed = concat([reshape(seedInput, { shape: [1] }), reshape(counter, { shape: [1] })], { axis: 0 });
  const { model, watched: drawn } = isStill
    ? { model: given, watched: watch }
    : withDraws(given, parts ? parts.seed(seedInput, counter) : seed, watch);
  refuseContradiction(model, settings.objective);
  const replaced = new Map<Value, Value>();
  const emptyPrompt: Value[] = [];
  const { values: givens, pictures, nextStream } = givenValues(model, settings.given ?? {}, { x0, seed });
  for (const i of conditions) {
    const given = givens.get(i.name);
    const drop = ownValue(settings.givenDrop ?? {}, i.name) ?? 0;
    if (given)
      replaced.set(i.value, drop > 0 ? dropGiven(given, { seed, drop, stream: nextStream() }, absent(i)) : given);
    else if (i.kind === 'class') replaced.set(i.value, dropLabels(i.value, seed, settings.labelDrop, i.classes));
    else if (settings.textDrop && tellsOfText(i)) {
      const none = input(`${i.name}_none`, i.value.shape.with(0, 1), i.value.dtype);
      emptyPrompt.push(none);
      replaced.set(i.value, dropTexts(i.value, none, seed, settings.textDrop));
    }
  }
  const moving = new Set(trained);
  const aligned = alignment(model, settings.align);
  const learnt = learntLoss(model, settings.objective, {
    x0,
    seed,
    nextStream,
    conditions: replaced,
    // A weight that is not trained equals its average and its initial value.
    averageOf: keepsAverages(settings) ? (weight) => (moving.has(weight) ? averageOf(weight) : weight) : null,
    startOf: (weight) => (moving.has(weight) ? startOf(weight) : weight),
    encoded: aligned.inputs[0] ?? null,
    teacher: settings.teacher ? frozenTeacher(settings.teacher, model) : null,
    batchParts: parts?.count ?? 1,
  });
  const [align, ...watched] = substitute([aligned.loss, ...drawn], learnt.replaced);
  const inputs = [
    x0,
    ...conditions.filter((i) => (givens.get(i.name) ?? i.value) === i.value).map((i) => i.value),
    ...pictures,
    ...emptyPrompt,
    ...aligned.inputs,
    seedInput,
    ...(parts ? [parts.index] : []),
  ];
  const total = totalLoss(learnt, align, aligned);
  const forward = { inputs, watched, turns: learnt.turns, ...total, ...ownTrained(given, total, settings) };
  return parts ? drawnInParts(forward, parts, x0.shape[0]) : forward;
}

/** The weights beside the model's that a recipe trains, without those that it freezes. Throws if it names weights that there are not. */
function ownTrained(
  model: ModelGraph,
  { extraWeights, ownLosses }: Pick<TrainForward, 'extraWeights' | 'ownLosses'>,
  settings: NamedWeights,
): Pick<TrainForward, 'extraWeights' | 'ownLosses'> {
  const own = [...extraWeights, ...ownLosses.flatMap((o) => o.weights)];
  requireNamed(model, own, settings);
  const names = own.map((w) => w.leaf.name);
  const isKept = isOwnTrained(settings, names);
  const kept = (weights: readonly Variable[]): Variable[] => weights.filter((w) => isKept(w.leaf.name));
  return {
    extraWeights: kept(extraWeights),
    ownLosses: ownLosses.map((o) => ({ ...o, weights: kept(o.weights) })).filter((o) => o.weights.length > 0),
  };
}

/** The same values, with the draws of a part taken from those for the whole batch. */
function drawnInParts(forward: TrainForward, parts: MicroBatches, batch: Dim): TrainForward {
  const { loss, parts: named, ownLosses, watched } = forward;
  const names = Object.keys(named);
  const values = [loss, ...Object.values(named), ...ownLosses.map((own) => own.loss), ...watched];
  const [first, ...others] = parts.drawn(values, batch);
  const rest = others.slice(names.length);
  return {
    ...forward,
    loss: first,
    parts: Object.fromEntries(names.map((name, i) => [name, others[i]])),
    ownLosses: ownLosses.map((own, i) => ({ ...own, loss: rest[i] })),
    watched: rest.slice(ownLosses.length),
  };
}

/** The losses of an objective in a step. */
interface LearntLoss extends Pick<TrainForward, 'loss' | 'parts' | 'extraWeights' | 'ownLosses' | 'turns'> {
  /** Replacements for the model's inputs, and for all values computed from them. */
  readonly replaced: ReadonlyMap<Value, Value>;
}

/** The means over the images of the objective's losses, and of the values it names. */
function learntLoss(model: ModelGraph, objective: Objective, step: StepInputs): LearntLoss {
  const { loss, parts, weights, ownLosses, ...rest } = soundObjective(model, objective, step);
  const time = rest.replaced.get(onlyInput(model, 'time').value);
  const mean = (x: Value): Value => reduceMean(x, { axes: [0] });
  const own = ownLosses.map((o) => ({ ...o, loss: mean(o.loss) }));
  const named = Object.fromEntries([
    ...own.map((o) => [partPrefix + o.name, o.loss]),
    ...Object.entries(parts).map(([name, part]) => [partPrefix + name, mean(part)]),
    // An objective may give all images one time.
    ...(time?.shape.length === 1 ? [[lossByTimeName, lossByTime(model, loss, time)]] : []),
  ]);
  return { ...rest, loss: mean(loss), parts: named, extraWeights: weights, ownLosses: own };
}

/** Throws if `predict` in a recipe contradicts the model, which decides what its output stands for. */
function refuseContradiction(model: ModelGraph, { predict }: Objective): void {
  const { output, prediction } = flowOf(model);
  if (predict === undefined || predict === prediction) return;
  throw new WeftError(
    `The output \`${output}\` of ${model.name} is the ${prediction}, but the recipe trains it to predict ${predict}.`,
    `Call the output \`${predict}\`, or write \`predicts: ${predict}\` in its type; the recipe need not say it.`,
  );
}

/** The objective's loss plus the weighted loss of an alignment, if there is one. */
function totalLoss(
  learnt: Pick<TrainForward, 'loss' | 'parts' | 'extraWeights' | 'ownLosses'>,
  align: Value,
  { weight, extraWeights }: ReturnType<typeof alignment>,
): Pick<TrainForward, 'loss' | 'parts' | 'extraWeights' | 'ownLosses'> {
  const weights = [...learnt.extraWeights, ...extraWeights];
  if (weight === 0) return { ...learnt, extraWeights: weights };
  const parts = { velocity_loss: learnt.loss, align_loss: align, ...learnt.parts };
  return { ...learnt, loss: add(learnt.loss, mul(align, weight)), parts, extraWeights: weights };
}

/**
 * The train step on given noisy images: inputs of `loss` (`x_t`, `t`, conditions, `v_target`), `rate` and `clip`.
 * Outputs `loss`, `grad_norm` (before clipping) and `finite`; if `finite` is false, no variable has changed.
 */
export function trainStepGiven(given: ModelGraph, settings: TrainSettings): Program {
  refuseContradiction(given, settings.objective);
  requireNamed(given, [], settings);
  const trained = asTrained(given, settings);
  const { model } = trained;
  const { velocity } = velocityModel(model).outputs;
  const target = input('v_target', velocity.shape);
  const aligned = alignment(model, settings.align);
  const learnt = { loss: meanSquare(velocity, target), parts: {}, extraWeights: [], ownLosses: [] };
  return stepPrograms(trained, settings, stepCounter(), {
    inputs: [...model.inputs.map((i) => i.value), target, ...aligned.inputs],
    turns: model.turns,
    microBatches: null,
    ...totalLoss(learnt, aligned.loss, aligned),
  }).step;
}

/** The number of finished steps, an i32 scalar. */
export function stepCounter(): Variable {
  return variable(stepCounterName, [], { kind: 'zeros' }, 'counter', 'i32');
}

/** The forward half of a step, or of a part of one. */
interface StepForward extends Omit<TrainForward, 'watched'> {
  /** Null if a step computes its whole batch at once. */
  readonly microBatches: MicroBatches | null;
}

function stepPrograms(
  trained: TrainedModel,
  settings: TrainSettings,
  counter: Variable,
  { microBatches, ...forward }: StepForward,
): TrainPrograms {
  const part = stepGradients(trained.trained, settings, forward);
  const whole = microBatches ? overBatch(part, (name, value) => microBatches.mean(name, value)) : part;
  const update = stepUpdate({ ...trained, settings, counter, loss: part.losses[0] }, whole);
  return {
    step: { ...update, name: 'train_step', inputs: [...forward.inputs, ...update.inputs] },
    accumulate: microBatches && {
      name: 'accumulate_step',
      inputs: forward.inputs,
      outputs: { loss: part.losses[0] },
      updates: valuesOf(part).map(({ name, value }) => microBatches.collect(name, value)),
    },
  };
}
