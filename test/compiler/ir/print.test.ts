import { expect, it } from '@jest/globals';
import { symbol } from '../../../src/compiler/ir/dims';
import { constant, input, variable, type Program } from '../../../src/compiler/ir/graph';
import { printProgram } from '../../../src/compiler/ir/print';
import { add, mul } from '../../../src/compiler/ops/elementwise';
import { linear } from '../../../src/compiler/ops/linalg';
import { reshape } from '../../../src/compiler/ops/movement';
import { reduceMean } from '../../../src/compiler/ops/reduction';

const x = input('x', [symbol('batch'), 4]);
const w = variable('mlp.weight', [8, 4], { kind: 'normal', std: 0.02 }, 'weight');
const y = linear(x, w);

it('numbers values in the order of evaluation and shows shapes, attributes, outputs and updates', () => {
  const program: Program = {
    name: 'loss',
    inputs: [x],
    outputs: { loss: reduceMean(y, { axes: [0, 1] }), y: reshape(y, { shape: [symbol('batch'), 2, 4] }) },
    updates: [{ variable: w, value: mul(w, 0.5) }],
  };
  expect(printProgram(program)).toBe(`program loss
  %0: f32[batch, 4] = input x
  %1: f32[8, 4] = weight mlp.weight, normal(0.02)
  %2: f32[batch, 8] = linear(%0, %1)
  %3: f32[] = reduce_mean(%2) {axes: [0, 1]}
  %4: f32[batch, 2, 4] = reshape(%2) {shape: [batch, 2, 4]}
  %5: f32[] = constant 0.5
  %6: f32[8, 4] = mul(%1, %5)
  return loss = %3
  return y = %4
  update mlp.weight = %6
`);
});

it('tells long constants apart by a checksum', () => {
  const text = (last: number): string => {
    const data = Float64Array.from({ length: 9 }, (_, i) => (i === 8 ? last : i));
    const c = constant({ shape: [9], data });
    return printProgram({ name: 'p', inputs: [], outputs: { y: add(c, 1) }, updates: [] });
  };
  expect(text(8)).toContain('constant 0 1 2 3 … (9 elements, ');
  expect(text(8)).toBe(text(8));
  expect(text(8)).not.toBe(text(8.5));
});
