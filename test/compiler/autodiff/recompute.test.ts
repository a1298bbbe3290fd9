import { expect, it } from '@jest/globals';
import { tensorflowWords } from '../../../src/backends/tensorflow/words';
import { gradients } from '../../../src/compiler/autodiff/gradients';
import { recomputeBlocks } from '../../../src/compiler/autodiff/recompute';
import { evaluateValues } from '../../../src/compiler/ir/evaluate';
import {
  inScope,
  input,
  topological,
  variable,
  type NdArray,
  type Value,
  type Variable,
} from '../../../src/compiler/ir/graph';
import { optimize } from '../../../src/compiler/optimize/pipeline';
import { ops } from '../../../src/compiler/ops';
import { normal } from '../../support/tiny-model';

const x = input('x', [3, 4]);
const weights: Variable[] = [];

/** x + gelu(x · wᵀ) · w, three times. */
const outputs = [0, 1, 2].reduce<Value[]>((all, i) => {
  const block = inScope(`blocks.${i}`, () => {
    const weight = variable(`blocks.${i}.weight`, [4, 4], { kind: 'zeros' }, 'weight');
    weights.push(weight);
    const last = all.at(-1) ?? x;
    return ops.add(last, ops.matmul(ops.gelu(ops.linear(last, weight)), weight));
  });
  return [...all, block];
}, []);
const loss = ops.reduceMean(ops.square(outputs[2]), { axes: [0, 1] });
const plain = gradients(loss, weights);
const again = recomputeBlocks(loss, plain, ['blocks.0', 'blocks.1', 'blocks.2']);
const values = new Map<Value, NdArray>([
  [x, normal([3, 4], 1)],
  ...weights.map((w, i): [Value, NdArray] => [w, normal([4, 4], 2 + i)]),
]);

/** Forward values that the backward pass reads. */
function kept(cotangents: readonly Value[]): Value[] {
  const forward = new Set(topological([loss]));
  const backward = topological(cotangents).filter((v) => !forward.has(v));
  return [...new Set(backward.flatMap((v) => v.inputs))].filter((v) => v.op && forward.has(v));
}

it('gives the same gradients to the last bit', () => {
  const [want, got] = [plain, again].map((roots) => evaluateValues(roots, values).map((g) => [...g.data]));
  expect(got).toEqual(want);
});

it('keeps nothing from inside a block, only what blocks hand on', () => {
  expect(kept(plain).filter((v) => !outputs.includes(v)).length).toBeGreaterThan(0);
  expect(kept(again).filter((v) => !outputs.includes(v))).toEqual([]);
});

it('outlives the sharing of equal computations', () => {
  const erfs = (cotangents: readonly Value[]): number => {
    const outputs = Object.fromEntries([loss, ...cotangents].map((v, i) => [`${i}`, v]));
    const lean = optimize({ name: 'grad', inputs: [x], outputs, updates: [] }, tensorflowWords);
    return topological(Object.values(lean.outputs)).filter((v) => v.op?.opName === 'erf').length;
  };
  expect([erfs(plain), erfs(again)]).toEqual([3, 6]);
});

it('computes a block again only once its cotangent has come', () => {
  const order = topological(again);
  const barriers = order.filter((v) => v.op?.opName === 'barrier');
  expect(barriers.length).toBeGreaterThan(0);
  for (const b of barriers) expect(order.indexOf(b.inputs[1])).toBeLessThan(order.indexOf(b));
  expect(new Set(barriers.map((b) => b.scope))).toEqual(new Set(['blocks.0', 'blocks.1', 'blocks.2']));
});

it('computes nothing again that is only named like a turn', () => {
  const blocks = topological(recomputeBlocks(loss, plain, [])).filter((v) => v.op?.opName === 'barrier');
  expect(blocks).toEqual([]);
});
