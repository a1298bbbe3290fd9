import { expect, it } from '@jest/globals';
import { gradients, vjp } from '../../../src/compiler/autodiff/gradients';
import { symbol } from '../../../src/compiler/ir/dims';
import { evaluateValues } from '../../../src/compiler/ir/evaluate';
import { input, type Value } from '../../../src/compiler/ir/graph';
import { printValues } from '../../../src/compiler/ir/print';
import { topological } from '../../../src/compiler/ir/graph';
import { add, mul, square } from '../../../src/compiler/ops/elementwise';
import { attention } from '../../../src/compiler/ops/attention';
import { geluTanh } from '../../../src/compiler/ops/nn';
import { concat, slice } from '../../../src/compiler/ops/movement';
import { reduceMean, reduceSum } from '../../../src/compiler/ops/reduction';

function total(x: Value): Value {
  return reduceSum(x, { axes: x.shape.map((_, i) => i) });
}

function opNames(v: Value): string[] {
  return topological([v]).flatMap((w) => (w.op ? [w.op.opName] : []));
}

it('joins the cotangents of slices that tile an axis instead of adding padded ones', () => {
  const x = input('x', [2, 6]);
  const [a, b, c] = [0, 1, 3].map((at, i) => slice(x, { start: [0, at], size: [2, i + 1] }));
  const [dx] = gradients(total(concat([square(c), square(a), square(b)], { axis: 1 })), [x]);
  expect(opNames(dx).filter((name) => name === 'concat')).toHaveLength(1);
  expect(opNames(dx)).not.toContain('pad');
  expect(opNames(dx)).not.toContain('add');
});

it('adds the cotangents of slices that overlap', () => {
  const x = input('x', [4]);
  const parts = [0, 1].map((at) => slice(x, { start: [at], size: [3] }));
  const [dx] = gradients(total(add(square(parts[0]), parts[1])), [x]);
  const data = Float64Array.of(1, 2, 3, 4);
  expect([...evaluateValues([dx], new Map([[x, { shape: [4], data }]]))[0].data]).toEqual([2, 5, 7, 1]);
});

it('is zero where the loss does not depend on a value', () => {
  const [x, y] = [input('x', [2]), input('y', [3])];
  expect(printValues(gradients(total(x), [y]))).toBe(`%0: f32[] = constant 0
%1: f32[3] = broadcast_to(%0) {shape: [3]}`);
});

it('counts an operand that a composite uses twice once for each use', () => {
  const x = input('x', [1, 1]);
  // With one key the weights are 1, so y = v and dx = 1.
  const [dx] = gradients(total(attention(x, x, x, { scale: 1 })), [x]);
  expect(evaluateValues([dx], new Map([[x, { shape: [1, 1], data: Float64Array.of(0.7) }]]))[0].data[0]).toBe(1);
});

it('leaves the forward graph as it is where a composite has no rule of its own', () => {
  const x = input('x', [3]);
  const y = geluTanh(x);
  const [dx] = gradients(total(mul(y, y)), [x]);
  expect(topological([dx])).toContain(y);
});

it('differentiates by values in the middle and by what they depend on at once', () => {
  const x = input('x', []);
  const y = square(x);
  const [dx, dy] = gradients(mul(y, 3), [x, y]);
  const found = evaluateValues([dx, dy], new Map([[x, { shape: [], data: Float64Array.of(5) }]]));
  expect(found.map((v) => v.data[0])).toEqual([30, 3]);
});

it('keeps the batch symbolic, also in the count of a mean', () => {
  const x = input('x', [symbol('batch'), 2]);
  const [dx] = gradients(reduceMean(square(x), { axes: [0, 1] }), [x]);
  expect(String(dx.shape[0])).toBe('batch');
  expect(opNames(dx)).toContain('dimension');
});

it('gives null, not zeros, for cotangents that do not exist', () => {
  const [x, y] = [input('x', [2]), input('y', [2])];
  expect(vjp(square(x), y, [y])).toEqual([null]);
});

it('asks for a loss of one element', () => {
  const x = input('x', [2]);
  expect(() => gradients(x, [x])).toThrow('a loss has one element, found one of shape [2]');
});
