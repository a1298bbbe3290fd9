import { expect, it } from '@jest/globals';
import { constant, input, scalar, type Value } from '../../../src/compiler/ir/graph';
import { ops } from '../../../src/compiler/ops';
import { foldConstants } from '../../../src/compiler/optimize/fold-constants';
import { array, batch, normal } from '../../support/tiny-model';

function fold(root: Value): Value {
  return foldConstants.run({ name: 'p', inputs: [], outputs: { root }, updates: [] }).outputs.root;
}

it('computes what depends on constants alone, composites too', () => {
  const table = constant(array([2, 2], 1, 2, 3, 4));
  const folded = fold(ops.softmax(ops.mul(ops.transpose(table, { perm: [1, 0] }), 0)));
  expect(folded.leaf).toEqual({ kind: 'constant', data: { shape: [2, 2], data: Float64Array.of(0.5, 0.5, 0.5, 0.5) } });
});

it('rounds as the dtype does', () => {
  const folded = fold(ops.cast(scalar(1 / 3), { dtype: 'bf16' }));
  expect([folded.dtype, folded.leaf?.kind === 'constant' && folded.leaf.data.data[0]]).toEqual(['bf16', 0.333984375]);
});

it('stops at inputs, symbols and random numbers', () => {
  const seed = constant(array([2], 1, 2), 'i32');
  for (const value of [
    ops.add(input('x', []), 1),
    ops.dimension({ size: batch }),
    ops.broadcastTo(scalar(1), { shape: [batch] }),
    ops.slice(constant(array([3], 1, 2, 3)), { start: [batch], size: [1] }),
    ops.range({ count: batch }),
    ops.randomNormal(seed, { shape: [3] }),
  ]) {
    expect(fold(value)).toBe(value);
  }
});

it('does not write out large repetitions or results', () => {
  const repeated = ops.broadcastTo(scalar(1), { shape: [100, 100] });
  expect(fold(repeated)).toBe(repeated);
  const column = constant(normal([3000, 1], 1));
  const product = ops.matmul(column, column, { transposeB: true });
  expect(fold(product)).toBe(product);
});
