import { expect, it } from '@jest/globals';
import { buildSavedModel } from '../../../src/backends/tensorflow/saved-model';
import { symbol } from '../../../src/compiler/ir/dims';
import { input, variable, type Program, type Value } from '../../../src/compiler/ir/graph';
import { add, mul } from '../../../src/compiler/ops/elementwise';
import { matmul } from '../../../src/compiler/ops/linalg';
import { silu } from '../../../src/compiler/ops/nn';

const graph = { execution: () => 'graph' as const };

it('states the ports of every program with all dimensions bound', () => {
  const x = input('x', [symbol('batch'), 3]);
  const w = variable('w', [3, 2], { kind: 'zeros' }, 'weight');
  const program: Program = { name: 'apply', inputs: [x], outputs: { y: matmul(x, w) }, updates: [] };
  const { ports } = buildSavedModel([program], { ...graph, bindings: { batch: 5 } });
  expect(ports.programs[0].inputs).toMatchObject([{ name: 'x', dtype: 'f32', shape: [5, 3] }]);
  expect(ports.programs[0].outputs).toMatchObject([{ name: 'y', dtype: 'f32', shape: [5, 2] }]);
  expect(ports.state.variables).toMatchObject([{ name: 'w', shape: [3, 2] }]);
});

it('refuses a program whose sizes are not known', () => {
  const x = input('x', [symbol('batch')]);
  const program: Program = { name: 'apply', inputs: [x], outputs: { y: add(x, 1) }, updates: [] };
  expect(() => buildSavedModel([program], graph)).toThrow('The size of input "x" of "apply" is not known: [batch].');
});

it('refuses one name for two different variables', () => {
  const [a, b] = [2, 3].map((n) => variable('w', [n], { kind: 'zeros' }, 'weight'));
  const programs = [a, b].map((w, i): Program => ({
    name: `p${i}`,
    inputs: [],
    outputs: { y: add(w, 1) },
    updates: [],
  }));
  expect(() => buildSavedModel(programs, graph)).toThrow('variable w is f32[2] in one program and f32[3] in another');
});

it('writes deep and large graphs without recursion', () => {
  const w = variable('w', [2], { kind: 'ones' }, 'weight');
  let value: Value = w;
  for (let i = 0; i < 8000; i++) value = add(mul(silu(value), 0.5), i);
  const program: Program = { name: 'deep', inputs: [], outputs: { value }, updates: [] };
  // 8000 × (sigmoid, product, product, sum) nodes; the count, not the time, is what a test can hold.
  expect(buildSavedModel([program], graph).bytes.length).toBeGreaterThan(1e6);
});
