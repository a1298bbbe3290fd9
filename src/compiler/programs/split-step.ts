/** A train step as programs: one runs for each part of the batch, and one updates the weights once all gradients are summed. */
import { variable, type Program, type Variable } from '../ir/graph';
import type { ModelGraph } from '../lower/model';
import { add, mul, sqrt } from '../ops/elementwise';
import { MicroBatches, sumOf } from './micro-batches';
import { squaredNorm } from './optimizers/clip';
import { overBatch, stepGradients, stepUpdate, valuesOf } from './step-halves';
import { stepCounter, trainForward, type TrainSettings } from './train-step';
import { asTrained } from './trained';

/** The programs. They share their variables, among which `sum/NAME` holds the gradient of each trained weight. */
export interface SplitStep {
  /** The model that is trained, with adapters if the recipe has some. */
  readonly model: ModelGraph;
  /** As `micro`, for the first part that a device computes: the sums hold its gradients alone afterwards. */
  readonly first: Program;
  /** Has the inputs of `trainStep` except `rate` and `clip`, and `micro` if there are several parts; adds its gradients to the sums. */
  readonly micro: Program;
  /**
   * Adds up the squares of the mean gradients of some weights, into the sums `squares`: all weights, or those whose sums a device has.
   * It runs once the sums are complete.
   */
  readonly measure: (owns: (weight: Variable) => boolean) => Program;
  readonly squares: readonly Variable[];
  /** Runs once `squares` are complete. Has the inputs `rate` and `clip`; takes the means from the sums, and updates weights, moments and averages. Outputs as `trainStep`. */
  readonly update: Program;
  /** The sums of gradients, without those of the losses. */
  readonly sums: readonly Variable[];
  /** All sums: what devices add up among each other. */
  readonly shared: readonly Variable[];
  /** Paths of repeated blocks; a sharded run gathers the weights of each together. */
  readonly turns: readonly string[];
}

/**
 * The step of a recipe for several devices, or several parts on each. The batch of the first programs is one part; the input `micro` is
 * its number among all `parts` of a step, from 0. Whatever is drawn depends on an image's place in the whole batch, not on the parts.
 */
export function splitStep(given: ModelGraph, settings: TrainSettings, parts = 1): SplitStep {
  const counter = stepCounter();
  const trained = asTrained(given, settings);
  const batches = parts > 1 ? new MicroBatches(parts, 'whole') : null;
  const forward = trainForward(trained, settings, counter, { parts: batches });
  const part = stepGradients(trained.trained, settings, forward);
  const values = valuesOf(part).map(({ name, value }) => ({ name, value, sum: sumOf(name, value) }));
  // Gradients of the last layer are computed first, and the memory for their operands is then free.
  const inOrder = values.toSorted((a, b) => a.value.id - b.value.id);
  const micro = { inputs: forward.inputs, outputs: { loss: part.losses[0] } };
  const sums = new Map(values.map(({ name, sum }) => [name, sum]));
  const whole = overBatch(part, (name, value) => mul(sums.get(name) ?? sumOf(name, value), 1 / parts));
  const squares = whole.groups.map((_, i) => variable(`sum/square/${i}`, [], { kind: 'zeros' }, 'sum'));
  const context = { ...trained, settings, counter, loss: part.losses[0] };
  return {
    model: trained.model,
    first: { ...micro, name: 'first_step', updates: inOrder.map(({ sum, value }) => ({ variable: sum, value })) },
    micro: {
      ...micro,
      name: 'micro_step',
      updates: inOrder.map(({ sum, value }) => ({ variable: sum, value: add(sum, value) })),
    },
    measure: (owns) => ({
      name: 'measure',
      inputs: [],
      outputs: {},
      updates: whole.groups.map(({ weights, gradients }, i) => ({
        variable: squares[i],
        value: squaredNorm(gradients.filter((_, at) => owns(weights[at]))),
      })),
    }),
    squares,
    update: {
      ...stepUpdate(
        context,
        whole,
        squares.map((x) => sqrt(x)),
      ),
      name: 'update',
    },
    sums: values.slice(part.losses.length).map(({ sum }) => sum),
    shared: values.map(({ sum }) => sum),
    turns: trained.model.turns,
  };
}
