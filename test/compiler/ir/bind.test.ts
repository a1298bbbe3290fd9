import { expect, it } from '@jest/globals';
import { bindProgram } from '../../../src/compiler/ir/bind';
import { mulDims, symbol } from '../../../src/compiler/ir/dims';
import { input, variable, type Program } from '../../../src/compiler/ir/graph';
import { printProgram } from '../../../src/compiler/ir/print';
import { add } from '../../../src/compiler/ops/elementwise';
import { reshape, slice } from '../../../src/compiler/ops/movement';

const n = symbol('batch');
const x = input('x', [n, 2, 3]);
const w = variable('w', [3], { kind: 'zeros' }, 'weight');
const y = slice(add(reshape(x, { shape: [mulDims(n, 2), 3] }), w), { start: [0, 1], size: [mulDims(n, 2), 2] });
const program: Program = { name: 'p', inputs: [x], outputs: { y, w }, updates: [{ variable: w, value: w }] };

it('replaces symbols in leaves and attributes, and infers the rest', () => {
  expect(printProgram(bindProgram(program, { batch: 5 }))).toBe(`program p
  %0: f32[5, 2, 3] = input x
  %1: f32[10, 3] = reshape(%0) {shape: [10, 3]}
  %2: f32[3] = weight w, zeros
  %3: f32[10, 3] = add(%1, %2)
  %4: f32[10, 2] = slice(%3) {start: [0, 1], size: [10, 2]}
  return y = %4
  return w = %2
  update w = %2
`);
});

it('keeps variables, and everything when there is nothing to bind', () => {
  expect(bindProgram(program, { batch: 5 }).outputs.w).toBe(w);
  expect(bindProgram(program, { width: 5 }).outputs.w).toBe(w);
  const bound = bindProgram(program, { batch: 5 });
  expect(bindProgram(bound, { batch: 7 }).outputs.y).toBe(bound.outputs.y);
});
