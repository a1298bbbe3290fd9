import { expect, it } from '@jest/globals';
import { GraphDefWriter } from '../../../src/backends/tensorflow/graph-def';
import { NodeList } from '../../../src/backends/tensorflow/node-list';
import type { GraphDefTensor } from '../../../src/compiler/ops/targets';

const tensor = (ref: string, dtype: GraphDefTensor['dtype']): GraphDefTensor => ({ ref, dtype, shape: [2] });
const values = (data: number[]) => ({ shape: [data.length], data: Float64Array.from(data) });

it('names outputs by node at the top level, and by output argument in a function', () => {
  for (const [level, ref] of [['graph', 'MatMul'] as const, ['function', 'MatMul:product:0'] as const]) {
    const writer = new GraphDefWriter(new NodeList(level));
    expect(writer.node('MatMul', [tensor('a', 'f32'), tensor('b', 'f32')]).ref).toBe(ref);
  }
});

it('sets type attributes from operands and from the result', () => {
  const list = new NodeList('function');
  const writer = new GraphDefWriter(list);
  writer.lowering('', 'bf16', [2]);
  expect(writer.node('Cast', [tensor('a', 'f32')], { DstT: { type: 'bf16' } }).dtype).toBe('bf16');
  expect(list.nodes[0].attr).toMatchObject({ SrcT: { type: 1 }, DstT: { type: 14 }, Truncate: { b: false } });
  expect(writer.node('Less', [tensor('a', 'i32'), tensor('b', 'i32')]).dtype).toBe('bool');
  expect(list.nodes[1].attr).toEqual({ T: { type: 3 } });
});

it('counts a run of operands', () => {
  const list = new NodeList('function');
  const writer = new GraphDefWriter(list);
  const parts = [tensor('a', 'f32'), tensor('b', 'f32'), tensor('c', 'f32')];
  writer.node('ConcatV2', [...parts, tensor('axis', 'i32')]);
  expect(list.nodes[0].attr).toEqual({ N: { i: 3 }, T: { type: 1 }, Tidx: { type: 3 } });
});

it('shares equal constants, and keeps zeros of both signs apart', () => {
  const list = new NodeList('function');
  const writer = new GraphDefWriter(list);
  expect(writer.constant(values([1, 2]), 'f32')).toBe(writer.constant(values([1, 2]), 'f32'));
  expect(writer.constant(values([1, 2]), 'i32').ref).not.toBe(writer.constant(values([1, 2]), 'f32').ref);
  expect(writer.constant(values([0]), 'f32').ref).not.toBe(writer.constant(values([-0]), 'f32').ref);
  const large = values(Array.from({ length: 1000 }, (_, i) => i));
  expect(writer.constant(large, 'f32')).toBe(writer.constant({ ...large }, 'f32'));
  expect(list.nodes).toHaveLength(5);
});

it('makes names unique and valid', () => {
  const list = new NodeList('graph');
  const names = ['a b', 'a_b', 'a_b', '_x', 'a_b_1'].map((name) => list.reserve(name));
  expect(new Set(names).size).toBe(5);
  for (const name of names) expect(name).toMatch(/^[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*$/);
});

it('refuses operands that do not fit', () => {
  const writer = new GraphDefWriter(new NodeList('function'));
  // @ts-expect-error An operator that has no row in the table.
  expect(() => writer.node('Frobnicate', [])).toThrow();
  expect(() => writer.node('AddV2', [tensor('a', 'f32'), tensor('b', 'i32')])).toThrow('differ in type (f32, i32)');
  expect(() => writer.node('AddV2', [tensor('a', 'f32')])).toThrow('AddV2 takes 2 inputs, not 1');
});
