import { expect, it } from '@jest/globals';
import { openSession } from '../../../src/backends/open';
import { slowlySummed } from '../../../src/backends/tensorflow/summed';
import { input, type Program } from '../../../src/compiler/ir/graph';
import { add, mul } from '../../../src/compiler/ops/elementwise';
import { matmul } from '../../../src/compiler/ops/linalg';
import { reduceSum } from '../../../src/compiler/ops/reduction';
import { itNative } from '../../support/native';

const x = input('x', [256, 256]);
const product = mul(x, 0.5);
const program: Program = {
  name: 'sums',
  inputs: [x],
  outputs: { rows: reduceSum(product, { axes: [1] }), product },
  updates: [],
};

it('finds large products that are summed, and neither small ones nor matrix products', () => {
  const small = mul(input('small', [8, 8]), 0.5);
  const [grown, multiplied] = [add(x, 1), matmul(x, x)];
  const sums = [product, small, grown, multiplied].map((v) => reduceSum(v, { axes: [0] }));
  expect(slowlySummed(sums)).toEqual(new Set([product]));
});

itNative('leaves sums what they are, infinities and NaN included', async () => {
  const data = Float32Array.from({ length: 256 * 256 }, (_, i) => (i % 7) - 3);
  data[0] = NaN;
  data[256] = -Infinity;
  data[512] = Infinity;
  const results = [];
  for (const xla of [true, false]) {
    const session = await openSession('tensorflow', [program], { xla });
    results.push(await session.run('sums', { x: { shape: [256, 256], dtype: 'f32', data } }));
    await session.dispose();
  }
  const [compiled, plain] = results;
  expect(compiled).toEqual(plain);
  expect(Array.from(compiled.rows.data.slice(0, 4))).toEqual([NaN, -Infinity, Infinity, plain.rows.data[3]]);
});
