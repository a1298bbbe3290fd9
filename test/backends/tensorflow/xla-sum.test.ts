import { expect, it } from '@jest/globals';
import { GraphDefWriter } from '../../../src/backends/tensorflow/graph-def';
import { NodeList } from '../../../src/backends/tensorflow/node-list';
import { open } from '../../../src/backends/tensorflow/session';
import { evaluateValues } from '../../../src/compiler/ir/evaluate';
import { input } from '../../../src/compiler/ir/graph';
import { mul } from '../../../src/compiler/ops/elementwise';
import { reduceSum } from '../../../src/compiler/ops/reduction';
import { xlaSum } from '../../../src/backends/tensorflow/xla-sum';
import { itNative } from '../../support/native';
import { ndArray } from '../../support/nd-array';
import { patterned } from '../../support/patterned';

function isProduct(shape: readonly number[], axes: readonly number[], compiled: 'cpu' | 'gpu' | null): boolean {
  const writer = new GraphDefWriter(new NodeList('function'), compiled);
  const kept = shape.filter((_, i) => !axes.includes(i));
  return xlaSum(writer, { ref: 'x', dtype: 'f32', shape }, axes, kept) !== null;
}

it('takes large sums over leading axes, and only where XLA compiles for the CPU', () => {
  expect(isProduct([16, 64, 24], [0, 1], 'cpu')).toBe(true);
  expect(isProduct([16, 64, 24], [1, 0], 'cpu')).toBe(true);
  expect(isProduct([16, 64, 24], [0, 1], 'gpu')).toBe(false);
  expect(isProduct([16, 64, 24], [0, 1], null)).toBe(false);
});

it.each([
  ['over last axes', [16, 64, 24], [1, 2]],
  ['over an axis in the middle', [16, 64, 24], [1]],
  ['over all axes', [16, 64, 24], [0, 1, 2]],
  ['of few rows', [16, 1000], [0]],
  ['of few columns', [4096, 4], [0]],
  ['of few elements', [64, 32], [0]],
])('leaves a sum %s as it is', (_, shape, axes) => expect(isProduct(shape, axes, 'cpu')).toBe(false));

itNative('adds up what the reference adds up', async () => {
  const [x, y] = ['x', 'y'].map((name) => input(name, [16, 64, 4, 6]));
  const product = mul(x, y);
  const outputs = {
    columns: reduceSum(product, { axes: [0, 1] }),
    kept: reduceSum(product, { axes: [1, 0], keepDims: true }),
  };
  const session = await open([{ name: 'p', inputs: [x, y], outputs, updates: [] }], { xla: true });
  const values = { x: patterned('x', [16, 64, 4, 6]), y: patterned('y', [16, 64, 4, 6]) };
  const found = await session.run('p', values);
  await session.dispose();
  const leaves = new Map([x, y].map((v, i) => [v, ndArray(Object.values(values)[i])]));
  const expected = evaluateValues([outputs.columns, outputs.kept], leaves);
  Object.values(found).forEach((tensor, i) => {
    expect(tensor.shape).toEqual(expected[i].shape);
    expected[i].data.forEach((v, k) => expect(tensor.data[k]).toBeCloseTo(v, 4));
  });
});
