/** Low-rank adapters (arXiv 2106.09685): a low-rank product is trained beside a linear layer W, y = x · Wᵀ + scale · (x · Aᵀ) · Bᵀ. */
import { WeftError } from '../diagnostics/diagnostic';
import { staticShape } from '../ir/dims';
import { inScope, isVariable, topological, variable, type Value, type Variable } from '../ir/graph';
import { mapModel } from '../lower/map-model';
import type { ModelGraph } from '../lower/model';
import { add, mul } from '../ops/elementwise';
import { is, rebuild } from '../ops/define';
import { linear } from '../ops/linalg';
import type { Adaptation } from '../recipe/adapt';
import { LabelPatterns, requireWeights } from './freeze';

/** The matrices beside one layer. */
export interface Adapter {
  /** The layer's weight, `[out, in]`. */
  readonly base: Variable;
  /** A, `[rank, in]`, initialised like a linear layer. */
  readonly down: Variable;
  /** B, `[out, rank]`, initialised to zeros, so that the adapted model starts equal to the model itself. */
  readonly up: Variable;
  /** The factor of their product: alpha / rank. */
  readonly scale: number;
}

/** A model with adapters: its weights are those of the model, then A and B of each adapted layer. */
export interface AdaptedModel {
  readonly model: ModelGraph;
  readonly adapters: readonly Adapter[];
}

/** The words that replace `weight` in the labels of A and B, as is usual in files of adapters. */
export const adapterWords = { down: 'lora_A.weight', up: 'lora_B.weight' } as const;

/** The label of a layer's A or B: `blocks.0.q.weight` has `blocks.0.q.lora_A.weight`. */
function adapterLabel(path: string, part: keyof typeof adapterWords): string {
  return path.replace(/weight$/, adapterWords[part]);
}

/** The labels of A and B of the layer whose weight has the label `path`. */
export function adapterLabels(path: string): string[] {
  return [adapterLabel(path, 'down'), adapterLabel(path, 'up')];
}

/** Adds adapters to the linear layers that `at` names. Throws if a pattern names none. */
export function adapted(model: ModelGraph, { rank, at, alpha = rank }: Adaptation): AdaptedModel {
  requireWeights(model, at, 'adapt');
  const layers = linearWeights(model);
  const idle = idleAdaptation(model, at);
  if (idle !== null)
    throw new WeftError(
      `${model.name} has no linear layer at \`${idle}\` to adapt.`,
      'lora(…) stands beside linear layers alone; weft inspect lists the labels of a model.',
    );
  const chosen = new LabelPatterns(at);
  const adapters = layers
    .filter((base) => chosen.has(base.leaf.name))
    .map((base): Adapter => {
      const [out, width] = staticShape(base.shape);
      const { name } = base.leaf;
      const start = { kind: 'uniform', bound: 1 / Math.sqrt(width) } as const;
      const down = variable(adapterLabel(name, 'down'), [rank, width], start, 'weight');
      const up = variable(adapterLabel(name, 'up'), [out, rank], { kind: 'zeros' }, 'weight');
      return { base, down, up, scale: alpha / rank };
    });
  const byBase = new Map<Value, Adapter>(adapters.map((a) => [a.base, a]));
  const mapped = mapModel(model, (v, inputs) => {
    const adapter = is<object>(v, linear) ? byBase.get(v.inputs[1]) : undefined;
    if (!adapter) return rebuild(v, inputs);
    const { down, up, scale } = adapter;
    return inScope(v.scope, () => add(rebuild(v, inputs), mul(linear(linear(inputs[0], down), up), scale)));
  });
  const weights = [...model.weights, ...adapters.flatMap(({ down, up }) => [down, up])];
  return { model: { ...mapped.model, weights }, adapters };
}

/** The first pattern that names weights, but no linear layer; null if there is none. */
export function idleAdaptation(model: ModelGraph, at: readonly string[]): string | null {
  const paths = linearWeights(model).map((w) => w.leaf.name);
  const [idle = null] = new LabelPatterns(at).idle(paths);
  return idle;
}

/** Weights that are used only as the matrices of linear layers. */
export function linearWeights(model: ModelGraph): Variable[] {
  const layers = new Set<Value>();
  const others = new Set<Value>();
  const values = [...Object.values(model.outputs), ...Object.values(model.taps), ...model.modules.map((m) => m.output)];
  for (const v of topological(values))
    v.inputs.forEach((x, i) => {
      if (isVariable(x)) (is<object>(v, linear) && i === 1 ? layers : others).add(x);
    });
  return model.weights.filter((w) => layers.has(w) && !others.has(w) && w.leaf.name.endsWith('weight'));
}
