import { expect, it } from '@jest/globals';
import { formatShape, mulDims, symbol } from '../../../src/compiler/ir/dims';
import { input } from '../../../src/compiler/ir/graph';
import { ShapeError } from '../../../src/compiler/ops/define';
import { ops } from '../../../src/compiler/ops/index';

const batch = symbol('batch');

it('carries a symbolic batch through broadcasting, products and reshapes', () => {
  const x = input('x', [batch, 16, 8]);
  const heads = ops.transpose(ops.reshape(x, { shape: [batch, 16, 2, 4] }), { perm: [0, 2, 1, 3] });
  expect(formatShape(ops.attention(heads, heads, heads, { scale: 0.5 }).shape)).toBe('[batch, 2, 16, 4]');
  expect(formatShape(ops.add(x, input('b', [8])).shape)).toBe('[batch, 16, 8]');
  expect(formatShape(ops.linear(x, input('w', [5, 8])).shape)).toBe('[batch, 16, 5]');
  expect(formatShape(ops.reshape(x, { shape: [mulDims(batch, 16), 8] }).shape)).toBe('[16*batch, 8]');
  expect(formatShape(ops.concat([x, x], { axis: 0 }).shape)).toBe('[2*batch, 16, 8]');
});

it('refuses operands that do not fit', () => {
  const x = input('x', [2, 3]);
  const n = input('n', [2, 3], 'i32');
  expect(() => ops.add(x, input('y', [2]))).toThrow(new ShapeError('add: [2, 3] and [2] do not broadcast'));
  expect(() => ops.add(x, n)).toThrow('add: operands are f32 and i32; cast one of them');
  expect(() => ops.div(n, n)).toThrow('div: expected a floating-point operand, found i32');
  expect(() => ops.reshape(x, { shape: [4] })).toThrow('reshape: [2, 3] and [4] differ in their number of elements');
  expect(() => ops.matmul(x, x)).toThrow('matmul: [2, 3] and [2, 3] do not multiply');
  expect(() => ops.slice(x, { start: [1, 0], size: [2, 3] })).toThrow(
    'slice: [2, 3] from [1, 0] does not lie inside [2, 3]',
  );
  expect(() => ops.reduceSum(x, { axes: [2] })).toThrow(
    'reduce_sum: axes [2] are not distinct axes of a tensor of rank 2',
  );
  expect(() => ops.gather(x, x)).toThrow('gather: expected an operand of i32, found f32');
  expect(() => ops.concat([x, input('y', [2, 4])], { axis: 0 })).toThrow('do not join along axis 0');
});

it('reads a number as a constant of the dtype beside it, whatever the condition', () => {
  const half = input('x', [2], 'bf16');
  expect(ops.add(1, half).dtype).toBe('bf16');
  expect(ops.select(input('c', [2], 'bool'), half, 0).dtype).toBe('bf16');
});
