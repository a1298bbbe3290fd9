/** What training holds in memory: weights and their companions, and what the forward pass keeps for the backward pass. */
import { gradients } from '../autodiff/gradients';
import type { Bindings } from '../ir/dims';
import { topological, type DType, type Value } from '../ir/graph';
import { expandComposites } from '../ir/substitute';
import type { ModelGraph } from '../lower/model';
import type { Precision } from '../lower/recipe';
import { isComposite } from '../ops/define';
import { loss } from '../programs/loss';
import { withPrecision } from '../programs/precision';
import { topLevel, usualBindings } from './costs';
import { sizeIn } from './flops';

/** All in bytes. */
export interface Memory {
  readonly batch: number;
  readonly precision: Precision;
  readonly weights: number;
  readonly gradients: number;
  /** Two moments a weight. */
  readonly optimizer: number;
  readonly ema: number;
  /** Results of the forward pass that the backward pass reads, where each has its own memory. */
  readonly activations: number;
  /** The same with each top-level block computed again from its input: all inputs, and one block's results at a time. */
  readonly activationsRecomputed: number;
  /** Everything above, without recomputation. */
  readonly total: number;
}

export interface MemoryOptions {
  readonly batch?: number;
  readonly precision?: Precision;
  /** Numbers for symbols other than `batch`. */
  readonly bindings?: Bindings;
}

/** Memory of one training step. A runtime's workspace and caches come on top. */
export function memoryOf(model: ModelGraph, options: MemoryOptions = {}): Memory {
  const { batch = 1, precision = 'f32' } = options;
  const bindings = { ...usualBindings(model), ...options.bindings, batch };
  const bytesOf = (v: Value): number => sizeIn(v, bindings) * bytesPerElement[v.dtype];
  const weights = model.weights.reduce((sum, w) => sum + bytesOf(w), 0);
  const kept = keptForBackward(model, precision);
  const sum = (values: readonly Value[]): number => values.reduce((bytes, v) => bytes + bytesOf(v), 0);
  const activations = sum(kept.all);
  const inside = Math.max(0, ...[...kept.inside.values()].map(sum));
  return {
    batch,
    precision,
    weights,
    gradients: weights,
    optimizer: 2 * weights,
    ema: weights,
    activations,
    activationsRecomputed: sum(kept.between) + inside,
    total: 5 * weights + activations,
  };
}

const bytesPerElement: { readonly [D in DType]: number } = { f32: 4, bf16: 2, f16: 2, i32: 4, bool: 1 };

interface Kept {
  readonly all: readonly Value[];
  /** Those that another block reads too, and so are kept when blocks are computed again. */
  readonly between: readonly Value[];
  /** The others, by block. */
  readonly inside: ReadonlyMap<string, readonly Value[]>;
}

/** Finds them in the gradient graph itself: forward results that an op of the backward pass has as operand. */
function keptForBackward(model: ModelGraph, precision: Precision): Kept {
  const [root] = expandComposites(
    withPrecision([loss(model).outputs.loss], precision),
    (op) => isComposite(op) && op.facets.lower.graphDef === 'expand',
  );
  const forward = topological([root]);
  const isForward = new Set(forward);
  const kept = new Set<Value>();
  for (const v of topological(gradients(root, model.weights))) {
    if (!isForward.has(v)) for (const x of v.inputs) if (isForward.has(x)) kept.add(storageOf(x));
  }
  const shared = new Set<Value>();
  for (const v of forward) {
    for (const x of v.inputs) if (topLevel(v.scope) !== topLevel(x.scope)) shared.add(storageOf(x));
  }
  const all = [...kept].filter((v) => v.op !== null);
  const inside = new Map<string, Value[]>();
  for (const v of all) {
    if (shared.has(v)) continue;
    const block = topLevel(v.scope);
    inside.set(block, [...(inside.get(block) ?? []), v]);
  }
  return { all, between: all.filter((v) => shared.has(v)), inside };
}

/** The value whose memory this one reads: reshapes and broadcasts need none of their own. */
function storageOf(v: Value): Value {
  let at = v;
  while (at.op && views.has(at.op.opName)) at = at.inputs[0];
  return at;
}

const views = new Set(['reshape', 'broadcast_to', 'stop_gradient']);
