/** A small class-conditional model built by hand: enough ops for programs, passes and reports to be tested on. */
import { symbol } from '../../src/compiler/ir/dims';
import { inScope, input, variable, type NdArray, type Variable } from '../../src/compiler/ir/graph';
import { conventionsOf } from '../../src/compiler/lower/conventions';
import type { ModelGraph } from '../../src/compiler/lower/model';
import { ops } from '../../src/compiler/ops';
import { normalDraws } from '../../src/compiler/ops/philox';

export const batch = symbol('batch');
export const classes = 5;

/** x_t [batch, 3, 4, 4] as 4 tokens of 12, one attention block of width 8, velocity of the same shape. */
export function tinyModel(): ModelGraph {
  const x = input('x_t', [batch, 3, 4, 4]);
  const t = input('t', [batch]);
  const y = input('y', [batch], 'i32');
  const weights: Variable[] = [];
  const weight = (name: string, ...shape: number[]): Variable => {
    const made = variable(name, shape, { kind: 'normal', std: 0.3 }, 'weight');
    weights.push(made);
    return made;
  };
  const tokens = inScope('embed', () =>
    ops.linear(ops.reshape(x, { shape: [batch, 4, 12] }), weight('embed.weight', 8, 12)),
  );
  const cond = inScope('condition', () => {
    const time = ops.mul(ops.reshape(t, { shape: [batch, 1] }), weight('condition.time.weight', 8));
    return ops.silu(ops.add(time, ops.gather(weight('condition.table.weight', classes + 1, 8), y)));
  });
  const block = inScope('block', () => {
    const normed = ops.rmsNorm(tokens, weight('block.norm.weight', 8), { eps: 1e-6 });
    const [q, k, v] = ['q', 'k', 'v'].map((name) => ops.linear(normed, weight(`block.${name}.weight`, 8, 8)));
    const gate = ops.reshape(ops.linear(cond, weight('block.gate.weight', 8, 8)), { shape: [batch, 1, 8] });
    return ops.add(tokens, ops.mul(gate, ops.attention(q, k, v, { scale: 8 ** -0.5 })));
  });
  const velocity = inScope('final', () =>
    ops.reshape(ops.add(ops.linear(block, weight('final.weight', 12, 8)), weight('final.bias', 12)), {
      shape: [batch, 3, 4, 4],
    }),
  );
  return {
    name: 'Tiny',
    hyperparameters: {},
    inputs: [
      { kind: 'image', name: 'x_t', value: x, channels: 3, height: 4, width: 4 },
      { kind: 'time', name: 't', value: t },
      { kind: 'class', name: 'y', value: y, classes },
    ],
    conventions: conventionsOf([{ name: 'velocity', predicts: null }]),
    outputs: { velocity },
    taps: { block, embed: tokens },
    weights,
    turns: [],
    trace: { calls: [], names: new Map(), doc: '', tables: new Map() },
    modules: [
      { path: 'embed', callee: 'linear', output: tokens },
      { path: 'condition', callee: 'silu', output: cond },
      { path: 'block', callee: 'Block', output: block },
      { path: 'final', callee: 'linear', output: velocity },
    ],
  };
}

/** Standard normal numbers, the same at every call with the same `stream`. */
export function normal(shape: readonly number[], stream: number, scale = 1): NdArray {
  const count = shape.reduce((a, b) => a * b, 1);
  return { shape, data: normalDraws([7, 7], stream, count).map((x) => x * scale) };
}

export function array(shape: readonly number[], ...data: number[]): NdArray {
  return { shape, data: Float64Array.from(data) };
}

/** Values for all weights of a model. */
export function weightValues(model: Pick<ModelGraph, 'weights'>): { [name: string]: NdArray } {
  return Object.fromEntries(model.weights.map((w, i) => [w.leaf.name, normal(w.shape as number[], 100 + i, 0.3)]));
}
