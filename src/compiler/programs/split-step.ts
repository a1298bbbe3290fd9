/** A train step as two programs: one runs for each micro-batch, and one updates the weights once all gradients are summed. */
import { gradients } from '../autodiff/gradients';
import { recomputeBlocks } from '../autodiff/recompute';
import { input, variable, type Program, type Value, type Variable } from '../ir/graph';
import type { ModelGraph } from '../lower/model';
import { add, cast, lessEqual, mul, select } from '../ops/elementwise';
import { clipFactor, globalNorm } from './optimizers/clip';
import { ema } from './optimizers/ema';
import { optimize } from './optimizers/optimize';
import { withPrecision } from './precision';
import { stepCounter, trainForward, type TrainSettings } from './train-step';
import { asTrained } from './trained';

/** The two halves. They share their variables, among which `sum/NAME` holds the gradient of each trained weight. */
export interface SplitStep {
  /** The model that is trained, with adapters if the recipe has some. */
  readonly model: ModelGraph;
  /** Has the inputs of `trainStep` except `rate` and `clip`; adds the gradients of its images to the sums. */
  readonly micro: Program;
  /** Has inputs `rate`, `clip` and `loss`; reads the sums, and updates weights, moments and averages. */
  readonly update: Program;
  readonly sums: readonly Variable[];
  /** Paths of repeated blocks; a sharded run gathers the weights of each together. */
  readonly turns: readonly string[];
}

/** The step of a recipe in two halves, for steps with several micro-batches or several devices. */
export function splitStep(given: ModelGraph, settings: TrainSettings): SplitStep {
  const counter = stepCounter();
  const trained = asTrained(given, settings);
  const forward = trainForward(trained, settings, counter);
  const { ownLosses, extraWeights, turns } = forward;
  const [loss, ...others] = withPrecision([forward.loss, ...ownLosses.map((own) => own.loss)], settings.precision);
  const gradientsOf = (of: Value, weights: readonly Variable[]): readonly Value[] => {
    const kept = gradients(of, weights);
    return settings.recompute === 'blocks' ? recomputeBlocks(of, kept, turns) : kept;
  };
  const groups = [[...trained.trained, ...extraWeights], ...ownLosses.map((own) => own.weights)];
  const weights = groups.flat();
  const raw = [loss, ...others].flatMap((of, i) => gradientsOf(of, groups[i]));
  const sums = weights.map((w) => variable(`sum/${w.leaf.name}`, w.shape, { kind: 'zeros' }, 'buffer'));
  return {
    model: trained.model,
    micro: {
      name: 'micro_step',
      inputs: forward.inputs,
      outputs: { loss },
      updates: sums
        .map((sum, i) => ({ variable: sum, gradient: raw[i] }))
        // Gradients of the last layer are computed first, and the memory for their operands is then free.
        .toSorted((a, b) => a.gradient.id - b.gradient.id)
        .map(({ variable, gradient }) => ({ variable, value: add(variable, gradient) })),
    },
    update: updateProgram({ weights, averaged: trained.trained, sums, counter }, settings),
    sums,
    turns: trained.model.turns,
  };
}

interface Moved {
  readonly weights: readonly Variable[];
  readonly averaged: readonly Variable[];
  readonly sums: readonly Variable[];
  readonly counter: Variable;
}

/** The second half. All gradients are clipped by one norm here, which costs the same as several norms. */
function updateProgram({ weights, averaged, sums, counter }: Moved, settings: TrainSettings): Program {
  const [rate, clip, loss] = ['rate', 'clip', 'loss'].map((name) => input(name, []));
  const norm = globalNorm(sums);
  const finite = lessEqual(norm, 3.4e38);
  const factor = clipFactor(norm, clip);
  const step = optimize(settings.optimizer, {
    weights,
    gradients: sums.map((sum) => select(finite, mul(sum, factor), 0)),
    rate,
    step: cast(add(counter, 1), { dtype: 'f32' }),
    loss,
    sound: finite,
  });
  return {
    name: 'update',
    inputs: [rate, clip, loss],
    outputs: { grad_norm: norm, finite },
    updates: [
      ...weights.map((variable, i) => ({ variable, value: step.weights[i] })),
      ...step.updates,
      ...(settings.ema === null ? [] : ema(settings.ema, averaged, step.weights, finite)),
      { variable: counter, value: add(counter, cast(finite, { dtype: 'i32' })) },
    ],
  };
}
