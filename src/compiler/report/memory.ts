/** The memory that training needs, from the training step itself: its variables, and the lifetimes of its values. */
import { boundModel } from '../lower/bound-model';
import { requireInRange, sizeRange } from '../bind/number-range';
import { requireOptions } from '../diagnostics/require-kind';
import { dialectWords } from '../emit/words';
import type { Bindings } from '../ir/dims';
import { rootsOf, variablesOf, type DType, type Program, type Value, type VariableRole } from '../ir/graph';
import { expandComposites } from '../ir/substitute';
import type { ModelGraph } from '../lower/model';
import { requireModel } from '../lower/require-model';
import type { Precision, Recompute } from '../recipe/index';
import { cse } from '../optimize/cse';
import { expandFor } from '../optimize/expand';
import { withRoots } from '../optimize/map-values';
import { simplify } from '../optimize/simplify';
import { trainStep, trainStepGiven, type TrainSettings } from '../programs/train-step';
import { asTrained } from '../programs/trained';
import { usualBindings } from './costs';
import { sizeIn } from './flops';
import { fusedLiveness, opByOpLiveness, type Liveness } from './liveness';

/** All in bytes. */
export interface Memory {
  /** Images of one step. */
  readonly batch: number;
  readonly precision: Precision;
  /** All weights, in 32 bits. */
  readonly weights: number;
  /** With the sums over the parts of a batch, where `accumulate` says so. */
  readonly gradients: number;
  /** What the optimiser keeps from step to step. */
  readonly optimizer: number;
  /** The averages of the weights. */
  readonly ema: number;
  /** What is held for the backward pass when the loss is known. */
  readonly activations: number;
  /** The same with `recompute = blocks`. */
  readonly activationsRecomputed: number;
  /** Variables and all else at the fullest moment of a step that XLA compiles. Less than the sum, for activations go as gradients come. */
  readonly total: number;
  /** The same with `recompute = blocks`. */
  readonly totalRecomputed: number;
  /** `total` on a backend that runs op by op (tfjs), which holds the new state beside the old and has no half types. */
  readonly totalOpByOp: number;
}

export interface MemoryOptions extends Partial<TrainSettings> {
  readonly batch?: number;
  /** Numbers for symbols other than `batch`. */
  readonly bindings?: Bindings;
}

/** AdamW with averaged weights in f32. */
const usualSettings: TrainSettings = {
  objective: { kind: 'rectified_flow', time: { kind: 'logit_normal', mean: 0, std: 1, shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-4, betas: [0.9, 0.999], eps: 1e-8, decay: 0 },
  ema: 0.9999,
  labelDrop: 0.1,
  precision: 'f32',
};

/** Memory of one training step. The process, its libraries and what they set aside for themselves come on top. */
export function memoryOf(model: ModelGraph, options: MemoryOptions = {}): Memory {
  requireModel(model);
  requireOptions(options);
  const { batch = 1 } = options;
  requireInRange('batch', batch, sizeRange);
  const settings = { ...usualSettings, ...options };
  // If a batch is split into parts, one part is in memory at a time.
  const part = Math.ceil(batch / (options.accumulate ?? 1));
  const bindings = { ...usualBindings(model), ...options.bindings, batch: part };
  const bound = boundModel(model, bindings);
  const programWith = (recompute: Recompute): Program => trainingProgram(bound, { ...settings, recompute });
  const program = programWith(settings.recompute ?? 'none');
  const bytesOf = (v: Value): number => sizeIn(v, bindings) * bytesPerElement[v.dtype];
  const variables = variablesOf(program);
  const held = (...roles: VariableRole[]): number =>
    variables.reduce((sum, v) => (roles.includes(v.leaf.role) ? sum + bytesOf(v) : sum), 0);
  const state = variables.reduce((sum, v) => sum + bytesOf(v), 0);
  const weights = held('weight');
  const fused = once(() => fusedMemory(program, bytesOf));
  const recomputed = once(() => fusedMemory(programWith('blocks'), bytesOf));
  const opByOp = once(() => opByOpMemory(program, bytesOf));
  return {
    batch,
    precision: settings.precision,
    weights,
    gradients: weights - frozenBytes(bound, settings, bytesOf) + held('sum'),
    optimizer: held('moment', 'copy'),
    ema: held('ema'),
    get activations() {
      return fused().at;
    },
    get activationsRecomputed() {
      return recomputed().at;
    },
    get total() {
      return state + fused().peak;
    },
    get totalRecomputed() {
      return state + recomputed().peak;
    },
    get totalOpByOp() {
      return state + opByOp().peak;
    },
  };
}

/**
 * Memory of running programs that share their variables, one at a time, with numbers for all symbols: `total` and `totalOpByOp` as those of
 * a step.
 */
export function memoryOfPrograms(
  programs: readonly Program[],
  bindings: Bindings,
): Pick<Memory, 'total' | 'totalOpByOp'> {
  const bytesOf = (v: Value): number => sizeIn(v, bindings) * bytesPerElement[v.dtype];
  const variables = new Map(programs.flatMap(variablesOf).map((v) => [v.leaf.name, v]));
  const state = [...variables.values()].reduce((sum, v) => sum + bytesOf(v), 0);
  const most = (peakOf: (program: Program) => number): number => state + Math.max(...programs.map(peakOf));
  return {
    get total() {
      return most((p) => fusedLiveness(asFused(p), rootsOf(p)[0], bytesOf).peak);
    },
    get totalOpByOp() {
      return most((p) => opByOpMemory(p, bytesOf).peak);
    },
  };
}

/** Bytes of the weights without a gradient. */
function frozenBytes(model: ModelGraph, settings: TrainSettings, bytesOf: (v: Value) => number): number {
  const trained = new Set(asTrained(model, settings).trained);
  return model.weights.reduce((sum, w) => (trained.has(w) ? sum : sum + bytesOf(w)), 0);
}

/** Computes at the first call only: each figure takes a second for a large model, and few callers need all. */
function once<T>(find: () => T): () => T {
  let found: { readonly value: T } | null = null;
  return () => (found ??= { value: find() }).value;
}

export const bytesPerElement: { readonly [D in DType]: number } = { f32: 4, bf16: 2, f16: 2, i32: 4, bool: 1 };

/** The training step that draws its own noise; for models of several images or times, the step that takes it as input. */
function trainingProgram(model: ModelGraph, { objective, ...others }: TrainSettings): Program {
  const { predict: _, ...rest } = objective;
  const settings = { ...others, objective: rest };
  const given = asFlow(model);
  const has = (name: string): boolean => model.inputs.some((i) => i.name === name);
  return has('x_t') && has('t') ? trainStep(given, settings) : trainStepGiven(given, settings);
}

/** The model with conventions under which it can be trained: the meaning of its numbers does not affect memory. */
function asFlow(model: ModelGraph): ModelGraph {
  const { output, prediction } = model.conventions;
  const conventions = {
    ...model.conventions,
    path: 'straight' as const,
    output: output ?? Object.keys(model.outputs)[0],
    prediction: prediction ?? 'velocity',
  };
  return { ...model, conventions };
}

/** A fusing compiler expands composites, except convolutions, which are its own operators. */
function fusedMemory(program: Program, bytesOf: (v: Value) => number): Liveness {
  const lean = asFused(program);
  return fusedLiveness(lean, lean.outputs.loss, bytesOf);
}

/** The program that a fusing compiler works on: composites expanded, and equal values shared. */
export function asFused(program: Program): Program {
  const expanded = expandComposites(rootsOf(program), ({ traits }) => traits.memory === 'written out');
  return leaner(withRoots(program, expanded));
}

/** On a backend that runs op by op, the inner values of a composite with a word take no memory. */
function opByOpMemory(program: Program, bytesOf: (v: Value) => number): Liveness {
  const lean = leaner(expandFor(dialectWords('eager')).run(program));
  return opByOpLiveness(lean, rootsOf(lean)[0], (v) => bytesOf(v) * (bytesPerElement[v.dtype] === 2 ? 2 : 1));
}

/** The passes that affect memory: they decide which results the forward and the backward pass share. */
function leaner(program: Program): Program {
  return [simplify, cse].reduce((current, pass) => pass.run(current), program);
}
