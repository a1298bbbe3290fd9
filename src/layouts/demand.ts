/** The demand of a recipe on devices, independent of their number: the work of a micro-batch, the update, and the state kept between steps. */
import { bindProgram } from '../compiler/ir/bind';
import type { Bindings } from '../compiler/ir/dims';
import { variablesOf, type Value } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import { teacherProgram } from '../compiler/programs/objectives/teacher';
import { splitStep, type SplitStep } from '../compiler/programs/split-step';
import type { Precision, Recompute, TrainRecipe } from '../compiler/recipe/index';
import { usualBindings } from '../compiler/report/costs';
import { sizeIn } from '../compiler/report/flops';
import { boundModel } from '../compiler/lower/bound-model';
import { bytesPerElement } from '../compiler/report/memory';
import { workOf, type Kernel, type StepWork } from '../compiler/report/step-work';

/** Bytes of one whole copy. */
export interface State {
  readonly weights: number;
  /** Sums of gradients over micro-batches, in f32. */
  readonly gradients: number;
  readonly optimizer: number;
  readonly averages: number;
  /** The frozen encoder used by an alignment. */
  readonly teacher: number;
}

/** Numbers of weights in the units that a sharded run gathers. */
export interface Units {
  readonly all: number;
  /** Weights outside all repeating blocks; they stay gathered. */
  readonly root: number;
  readonly largestBlock: number;
  /** The trained weights among these, which have gradients. */
  readonly trained: number;
  readonly largestTrainedBlock: number;
}

export interface Demand {
  readonly precision: Precision;
  readonly state: State;
  readonly units: Units;
  /** The work of one micro-batch of `batch` images. */
  readonly micro: (recompute: Recompute, batch: number) => StepWork;
  /** The work of the teacher on the same number of images; null without a teacher. */
  readonly teacher: (batch: number) => StepWork | null;
  /** The work done once a step, on all weights. */
  readonly update: Kernel;
  /** FLOPs of matrix products per image in a step, forward and backward, with nothing counted twice. */
  readonly imageProducts: number;
}

/** The demand of a recipe; `teacher` is the model that it aligns with, if that is a Weft model. */
export function demandOf(model: ModelGraph, recipe: TrainRecipe, teacher: ModelGraph | null = null): Demand {
  const text: Bindings = recipe.text ? { text: recipe.text.length } : {};
  const split = (recompute: Recompute, batch: number): SplitStep =>
    splitStep(boundModel(model, { ...usualBindings(model), ...text, batch }), { ...recipe, recompute });
  const steps = {
    none: inBatch((batch) => workOf(split('none', batch).micro)),
    blocks: inBatch((batch) => workOf(split('blocks', batch).micro)),
  };
  const encoder = teacher && teacherProgram(teacher).program;
  const teaching = encoder && inBatch((batch) => workOf(bindProgram(encoder, { batch })));
  const one = split('none', smallest);
  return {
    precision: recipe.precision,
    state: { ...stateOf(one), teacher: encoder ? bytesOfAll(variablesOf(encoder)) : 0 },
    units: unitsOf(one),
    micro: (recompute, batch) => steps[recompute](batch),
    teacher: (batch) => teaching?.(batch) ?? null,
    update: updateOf(one),
    imageProducts: steps.none(smallest + 1).products - steps.none(smallest).products,
  };
}

/**
 * The batches to measure. Axes of length 1 allow simplifications that no other batch has; two numbers are also the step's pair of
 * seed and counter; and one over a batch of 1, 2 or 4 is an edge between quarters of the time, which the step holds anyway.
 */
const [smallest, larger] = [3, 5];

/**
 * The work for any batch, from that of three and five images: the kernels are the same for every batch, and each of their
 * sizes is a constant plus an amount per image. If that does not hold, the program of the batch itself is measured.
 */
export function inBatch(work: (batch: number) => StepWork): (batch: number) => StepWork {
  let ends: readonly [StepWork, StepWork] | null = null;
  return (batch) => {
    const [low, high] = (ends ??= [work(smallest), work(larger)]);
    if (!isAlike(low, high)) return work(batch);
    const at = (a: number, b: number): number => a + ((b - a) * (batch - smallest)) / (larger - smallest);
    const each = (a: readonly number[], b: readonly number[]): number[] => a.map((x, i) => at(x, b[i]));
    return {
      kernels: low.kernels.map((k, i): Kernel => ({
        ...k,
        products: at(k.products, high.kernels[i].products),
        bytes: at(k.bytes, high.kernels[i].bytes),
      })),
      held: each(low.held, high.held),
      heldSharded: each(low.heldSharded, high.heldSharded),
      products: at(low.products, high.products),
    };
  };
}

function isAlike(a: StepWork, b: StepWork): boolean {
  return (
    a.kernels.length === b.kernels.length &&
    a.kernels.every((k, i) => k.pass === b.kernels[i].pass && k.half === b.kernels[i].half)
  );
}

function stateOf({ model, micro, update, sums }: SplitStep): Omit<State, 'teacher'> {
  const sumSet = new Set<Value>(sums);
  const all = [...new Set([...model.weights, ...variablesOf(micro), ...variablesOf(update)])];
  const named = new Map(all.filter((v) => !sumSet.has(v)).map((v) => [v.leaf.name, v]));
  const held = (...roles: readonly string[]): number =>
    bytesOfAll([...named.values()].filter((v) => roles.includes(v.leaf.role)));
  return {
    weights: held('weight', 'buffer'),
    gradients: bytesOfAll(sums),
    optimizer: held('moment', 'copy'),
    averages: held('ema'),
  };
}

function unitsOf({ model, micro, sums, turns }: SplitStep): Units {
  const trained = new Set(sums.map((s) => s.leaf.name.slice('sum/'.length)));
  const weights = new Map(
    [...model.weights, ...variablesOf(micro).filter((v) => v.leaf.role === 'weight')].map((v) => [v.leaf.name, v]),
  );
  const outermost = turns.filter((t) => !turns.some((other) => t.startsWith(`${other}.`)));
  const blocks = new Map<string, { all: number; trained: number }>();
  const total = { all: 0, trained: 0, root: 0 };
  for (const [name, v] of weights) {
    const size = sizeIn(v, {});
    const own = trained.has(name) ? size : 0;
    total.all += size;
    total.trained += own;
    const turn = outermost.find((t) => name.startsWith(`${t}.`));
    if (turn === undefined) {
      total.root += size;
      continue;
    }
    const block = blocks.get(turn) ?? { all: 0, trained: 0 };
    blocks.set(turn, { all: block.all + size, trained: block.trained + own });
  }
  const most = (of: (b: { all: number; trained: number }) => number): number =>
    Math.max(0, ...[...blocks.values()].map(of));
  return { ...total, largestBlock: most((b) => b.all), largestTrainedBlock: most((b) => b.trained) };
}

/** All state is read once, the gradients once more for their norm, and changed state is written once. */
function updateOf({ update, sums }: SplitStep): Kernel {
  const { kernels } = workOf(update);
  return {
    pass: 'backward',
    ofState: true,
    products: kernels.reduce((sum, k) => sum + k.products, 0),
    half: kernels.some((k) => k.half),
    bytes: bytesOfAll([...variablesOf(update), ...sums, ...update.updates.map((u) => u.variable)]),
  };
}

function bytesOfAll(values: readonly Value[]): number {
  return values.reduce((sum, v) => sum + sizeIn(v, {}) * bytesPerElement[v.dtype], 0);
}
