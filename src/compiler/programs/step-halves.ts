/** The two halves of a train step: the losses with their gradients, and what changes once those of the whole batch are known. */
// Tested by test/compiler/programs/split-step.test.ts.
import { gradients } from '../autodiff/gradients';
import { recomputeBlocks } from '../autodiff/recompute';
import { input, scalar, topological, type Program, type Value, type Variable } from '../ir/graph';
import type { ModelGraph } from '../lower/model';
import { barrier } from '../ops/barrier';
import { abs, add, cast, lessEqual, logicalAnd, mul, select } from '../ops/elementwise';
import { requireDecay } from './freeze';
import { clipFactor, globalNorm } from './optimizers/clip';
import { ema } from './optimizers/ema';
import { optimizerStep } from './optimizers/optimize';
import { withPrecision } from './precision';
import type { TrainForward, TrainSettings } from './train-step';
import type { TrainedModel } from './trained';
import { largestFloat } from '../ops/numerics';

/** The values of the first half, for the images that it is computed on. */
export interface StepGradients {
  /** The outputs of a step that are means over the images: `loss` and its parts. */
  readonly names: readonly string[];
  /** The loss, its parts, and the separate losses, in this order. */
  readonly losses: readonly Value[];
  /** The weights that each loss trains, with their gradients. */
  readonly groups: readonly GradientGroup[];
}

export interface GradientGroup {
  /** The place of the loss among `losses`. */
  readonly loss: number;
  readonly weights: readonly Variable[];
  readonly gradients: readonly Value[];
}

/** The first half, from the forward pass. */
export function stepGradients(
  trained: readonly Variable[],
  { precision, recompute }: Pick<TrainSettings, 'precision' | 'recompute'>,
  { loss, parts, ownLosses, extraWeights, turns }: Omit<TrainForward, 'inputs' | 'watched'>,
): StepGradients {
  const names = ['loss', ...Object.keys(parts)];
  const losses = withPrecision([loss, ...Object.values(parts), ...ownLosses.map((own) => own.loss)], precision);
  const groups = [
    { loss: 0, weights: [...trained, ...extraWeights] },
    ...ownLosses.map((own, i) => ({ loss: names.length + i, weights: own.weights })),
  ].map((group) => {
    const of = losses[group.loss];
    const kept = gradients(of, group.weights);
    return { ...group, gradients: recompute === 'blocks' ? recomputeBlocks(of, kept, turns) : kept };
  });
  return { names, losses, groups };
}

/** The first half with each value replaced by what `whole` makes of it, by a name for it: its mean over the batch. */
export function overBatch(half: StepGradients, whole: (name: string, value: Value) => Value): StepGradients {
  return {
    ...half,
    losses: half.losses.map((loss, i) => whole(lossName(i), loss)),
    groups: half.groups.map((group) => ({
      ...group,
      gradients: group.gradients.map((dw, i) => whole(group.weights[i].leaf.name, dw)),
    })),
  };
}

/** Each value of the first half, with its name. */
export function valuesOf({ losses, groups }: StepGradients): { readonly name: string; readonly value: Value }[] {
  return [
    ...losses.map((value, i) => ({ name: lossName(i), value })),
    ...groups.flatMap(({ weights, gradients }) => gradients.map((value, i) => ({ name: weights[i].leaf.name, value }))),
  ];
}

function lossName(i: number): string {
  return `loss/${i}`;
}

/** The parts of a step that are not its gradients. */
export interface StepContext extends TrainedModel {
  readonly settings: Pick<TrainSettings, 'optimizer' | 'ema'>;
  readonly counter: Variable;
  /** The loss as it is computed on images; its graph shows how each weight is used. */
  readonly loss: Value;
}

/**
 * The second half, from the means over the whole batch; the norm of each group is computed here, unless it is given. It has the inputs
 * `rate` and `clip` besides theirs.
 */
export function stepUpdate(
  { model, trained, settings, counter, loss }: StepContext,
  { names, losses, groups }: StepGradients,
  norms: readonly Value[] = groups.map((group) => globalNorm(group.gradients)),
): Pick<Program, 'inputs' | 'outputs' | 'updates'> {
  const [rate, clip] = [input('rate', []), input('clip', [])];
  const clipped = groups.map((group, i) => {
    const norm = norms[i];
    // The gradients of each loss are clipped by their own norm.
    return { loss: losses[group.loss], norm, all: group.gradients, factor: clipFactor(norm, clip) };
  });
  const weights = groups.flatMap((group) => group.weights);
  requireDecay(model, weights, settings.optimizer.decayExcept);
  const finite = clipped.flatMap((g) => [isFinite(g.loss), isFinite(g.norm)]).reduce((a, b) => logicalAnd(a, b));
  const number = cast(add(counter, 1), { dtype: 'f32' });
  const step = optimizerStep(settings.optimizer, {
    weights,
    gradients: clipped.flatMap(({ all, factor }) => all.map((dw) => select(finite, mul(dw, factor), 0))),
    rate,
    step: number,
    loss,
    sound: finite,
  });
  return {
    inputs: [rate, clip],
    outputs: { ...Object.fromEntries(names.map((n, i) => [n, losses[i]])), grad_norm: clipped[0].norm, finite },
    updates: [
      ...weights.map((variable, i) => ({ variable, value: step.weights[i] })),
      ...step.updates,
      // The projector of an alignment is used only in training, so it is not averaged.
      ...ema(settings.ema, { weights: trained, next: step.weights, step: number, sound: finite }),
      // A plain update of a weight to its own value would be optimised away, together with the weight.
      ...unreached(model, trained, loss).map((w) => ({ variable: w, value: barrier(w, rate) })),
      { variable: counter, value: add(counter, cast(finite, { dtype: 'i32' })) },
    ],
  };
}

/** Frozen weights that the loss does not depend on. They are kept in the program, so that the session has all weights of the model. */
function unreached(model: ModelGraph, trained: readonly Variable[], loss: Value): Variable[] {
  const known = new Set<Value>(trained);
  if (model.weights.every((w) => known.has(w))) return [];
  for (const value of topological([loss])) known.add(value);
  return model.weights.filter((w) => !known.has(w));
}

/** Whether a number is neither infinite nor NaN, which fails every comparison. */
function isFinite(x: Value): Value {
  return lessEqual(abs(x), scalar(largestFloat));
}
