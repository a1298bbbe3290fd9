/** One training step as one program: gradients, clipping, optimiser and averaged weights. */
import { WeftError } from '../diagnostics/diagnostic';
import { gradients } from '../autodiff/gradients';
import { input, scalar, variable, type Program, type Value, type Variable } from '../ir/graph';
import { substitute } from '../ir/substitute';
import type { ModelGraph, ModelInput } from '../lower/model';
import type { AdamW, Objective, Precision } from '../lower/recipe';
import { abs, add, cast, lessEqual, logicalAnd, mul, select } from '../ops/elementwise';
import { concat, reshape } from '../ops/movement';
import { velocityOf } from './denoise';
import { meanSquare } from './loss';
import { dropLabels, rectifiedFlow, type TimeConvention } from './objectives/rectified-flow';
import { adamw } from './optimizers/adamw';
import { clipFactor, globalNorm } from './optimizers/clip';
import { ema } from './optimizers/ema';
import { withPrecision } from './precision';

/** What of a recipe is part of the program; the rest (rates, clipping, phases) are inputs or the runner's. */
export interface TrainSettings {
  readonly objective: Objective;
  readonly optimizer: AdamW;
  readonly ema: number | null;
  readonly labelDrop: number;
  readonly precision: Precision;
}

/**
 * Inputs `x0` `[batch, channels, height, width]` in [-1, 1], the model's conditions (`y`, `text`, `text_mask`), and the
 * scalars `rate`, `clip` (largest global norm, infinite for none) and `seed` (i32), so that phases and warm-up need no new
 * program. Outputs as `trainStepGiven`. Noise, times and label dropout are drawn from the seed and the step counter.
 */
export function trainStep(model: ModelGraph, settings: TrainSettings): Program {
  const counter = stepCounter();
  return stepProgram('train_step', model, settings, counter, trainForward(model, settings, counter));
}

/** The first half of a train step: its inputs but for `rate` and `clip`, and the values that follow from them. */
export interface TrainForward {
  readonly inputs: readonly Value[];
  readonly loss: Value;
  /** The values of the model that were asked for, on the noisy images of the step. */
  readonly watched: readonly Value[];
}

/** Draws times, noise and dropped labels in the graph, and puts the model on the noisy images; `watch` are values of the model. */
export function trainForward(
  model: ModelGraph,
  settings: Pick<TrainSettings, 'objective' | 'labelDrop'>,
  counter: Variable,
  watch: readonly Value[] = [],
): TrainForward {
  const image = only(model, 'image');
  const time = only(model, 'time');
  const conditions = model.inputs.filter((i) => i !== image && i !== time);
  const x0 = input('x0', image.value.shape);
  const seedInput = input('seed', [], 'i32');
  const seed = concat([reshape(seedInput, { shape: [1] }), reshape(counter, { shape: [1] })], { axis: 0 });
  const flow = rectifiedFlow(x0, seed, settings.objective.time, conventionOf(model));
  const replaced = new Map<Value, Value>([
    [image.value, flow.noisy],
    [time.value, flow.time],
  ]);
  for (const i of conditions) {
    if (i.kind === 'class') replaced.set(i.value, dropLabels(i.value, seed, settings.labelDrop, i.classes));
  }
  const [velocity, ...watched] = substitute([velocityOf(model), ...watch], replaced);
  const inputs = [x0, ...conditions.map((i) => i.value), seedInput];
  return { inputs, loss: meanSquare(velocity, flow.target), watched };
}

/**
 * The train step on given noisy images: inputs of `loss` (`x_t`, `t`, conditions, `v_target`), `rate` and `clip`.
 * Outputs `loss`, `grad_norm` (before clipping) and `finite`; where that is false, no variable has changed.
 */
export function trainStepGiven(model: ModelGraph, settings: TrainSettings): Program {
  const velocity = velocityOf(model);
  const target = input('v_target', velocity.shape);
  return stepProgram('train_step', model, settings, stepCounter(), {
    inputs: [...model.inputs.map((i) => i.value), target],
    loss: meanSquare(velocity, target),
  });
}

/** Number of finished steps, i32. */
export function stepCounter(): Variable {
  return variable('step', [], { kind: 'zeros' }, 'counter', 'i32');
}

/** Which end of time is noise: text models count noise levels, class models time (reference conventions). */
export function conventionOf(model: ModelGraph): TimeConvention {
  return model.inputs.some((i) => i.kind === 'text') ? 'noise-at-one' : 'data-at-one';
}

function stepProgram(
  name: string,
  model: ModelGraph,
  settings: TrainSettings,
  counter: Variable,
  forward: { readonly inputs: readonly Value[]; readonly loss: Value },
): Program {
  const [loss] = withPrecision([forward.loss], settings.precision);
  const [rate, clip] = [input('rate', []), input('clip', [])];
  const raw = gradients(loss, model.weights);
  const norm = globalNorm(raw);
  const finite = logicalAnd(isFinite(loss), isFinite(norm));
  const factor = clipFactor(norm, clip);
  const step = adamw(settings.optimizer, {
    weights: model.weights,
    gradients: raw.map((g) => select(finite, mul(g, factor), 0)),
    rate,
    step: cast(add(counter, 1), { dtype: 'f32' }),
    sound: finite,
  });
  return {
    name,
    inputs: [...forward.inputs, rate, clip],
    outputs: { loss, grad_norm: norm, finite },
    updates: [
      ...model.weights.map((variable, i) => ({ variable, value: step.weights[i] })),
      ...step.updates,
      ...(settings.ema === null ? [] : ema(settings.ema, model.weights, step.weights, finite)),
      { variable: counter, value: add(counter, cast(finite, { dtype: 'i32' })) },
    ],
  };
}

/** Neither infinite nor NaN, which compares with nothing. */
function isFinite(x: Value): Value {
  return lessEqual(abs(x), scalar(3.4028234663852886e38));
}

function only<K extends 'image' | 'time'>(model: ModelGraph, kind: K): Extract<ModelInput, { kind: K }> {
  const found = model.inputs.filter((i): i is Extract<ModelInput, { kind: K }> => i.kind === kind);
  if (found.length !== 1) {
    throw new WeftError(
      `${model.name} has ${found.length} inputs of kind ${kind}; training needs one.`,
      kind === 'image' ? 'Declare `input noisy: image(size)`.' : 'Declare `input time: scalar`.',
    );
  }
  return found[0];
}
