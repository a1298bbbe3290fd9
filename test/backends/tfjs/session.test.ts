import { afterAll, expect, it } from '@jest/globals';
import * as tfModule from '@tensorflow/tfjs-core';
import { namespaceOf } from '../../../src/backends/tfjs/runtime';
import { openTfjs, type TfjsSession } from '../../../src/backends/tfjs/session';
import type { HostTensor } from '../../../src/backends/session';
import { symbol } from '../../../src/compiler/ir/dims';
import { input, scalar, variable, type Program } from '../../../src/compiler/ir/graph';
import { defineComposite, type Op } from '../../../src/compiler/ops/define';
import { perElement } from '../../../src/compiler/ops/cost';
import { usual } from '../../../src/compiler/ops/traits';
import { add, mul, stopGradient } from '../../../src/compiler/ops/elementwise';
import { linear } from '../../../src/compiler/ops/linalg';

const tf = namespaceOf<typeof tfModule>(tfModule);
const batch = symbol('batch');
const weight = variable('layer.weight', [2, 3], { kind: 'normal', std: 1 }, 'weight');
const steps = variable('steps', [], { kind: 'zeros' }, 'counter', 'i32');
const x = input('x', [batch, 3]);

let declines = 0;
/** Says in tfjs only what it stands for. */
const twice: Op<['x']> = defineComposite<['x'], object>('twice', {
  doc: '2 · x.',
  inputs: ['x'],
  traits: { ...usual, memory: 'written out', axes: 'elementwise' },
  flops: perElement(1),
  infer: (types) => types.x,
  expand: (v) => add(v.x, v.x),
  grad: 'expand',
  lower: {
    eager: () => {
      declines++;
      return null;
    },
    graphDef: 'expand',
    onnx: 'expand',
  },
});

const y = linear(x, weight);
const apply: Program = { name: 'apply', inputs: [x], outputs: { y: twice(y), same: stopGradient(x) }, updates: [] };
const f32 = (shape: number[], data: number[]): HostTensor => ({ shape, dtype: 'f32', data: Float32Array.from(data) });

const opened: TfjsSession[] = [];
async function open(programs: Program[], seed = 0): Promise<TfjsSession> {
  const session = await openTfjs(programs, { seed });
  opened.push(session);
  return session;
}
afterAll(async () => {
  for (const session of opened) await session.dispose();
});

it('computes on wasm in Node, for the batch it is given', async () => {
  const session = await open([apply]);
  expect(session.device).toBe('wasm');
  await session.set({ 'layer.weight': f32([2, 3], [1, 2, 3, 4, 5, 6]) });
  expect(await session.run('apply', { x: f32([1, 3], [1, 0, -1]) })).toEqual({
    y: f32([1, 2], [-4, -4]),
    same: f32([1, 3], [1, 0, -1]),
  });
  const two = await session.run('apply', { x: f32([2, 3], [1, 0, -1, 0, 1, 0]) });
  expect(two.y).toEqual(f32([2, 2], [-4, -4, 4, 10]));
});

it('expands an op that declines once, and remembers', async () => {
  const session = await open([apply]);
  declines = 0;
  for (let i = 0; i < 3; i++) await session.run('apply', { x: f32([1, 3], [1, 2, 3]) });
  expect(declines).toBe(1);
});

const train: Program = {
  name: 'train',
  inputs: [x],
  outputs: { before: weight, y, steps },
  updates: [
    { variable: weight, value: mul(weight, scalar(0.5)) },
    { variable: steps, value: add(steps, scalar(1, 'i32')) },
  ],
};

it('applies updates at once, after everything has been read', async () => {
  const session = await open([train]);
  await session.set({ 'layer.weight': f32([2, 3], [2, 0, 0, 0, 2, 0]) });
  const first = await session.run('train', { x: f32([1, 3], [1, 1, 1]) });
  expect(first.before.data[0]).toBe(2);
  expect(Array.from(first.y.data)).toEqual([2, 2]);
  const second = await session.run('train', { x: f32([1, 3], [1, 1, 1]) });
  expect(Array.from(second.y.data)).toEqual([1, 1]);
  expect(second.steps).toEqual({ shape: [], dtype: 'i32', data: Int32Array.of(1) });
  expect((await session.get(['steps'])).steps.data[0]).toBe(2);
});

it('holds the same number of tensors after every run', async () => {
  const session = await open([train, apply]);
  const run = async () => {
    await session.run('train', { x: f32([2, 3], [1, 2, 3, 4, 5, 6]) });
    await session.run('apply', { x: f32([1, 3], [1, 2, 3]) });
    return tf.memory().numTensors;
  };
  const first = await run();
  expect([await run(), await run()]).toEqual([first, first]);
});

it('leaves no tensor behind when it is closed', async () => {
  const before = tf.memory().numTensors;
  const session = await openTfjs([train]);
  await session.run('train', { x: f32([1, 3], [1, 2, 3]) });
  await session.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it('draws initial values from the seed and the name alone', async () => {
  const other = variable('a.before', [4], { kind: 'uniform', bound: 0.5 }, 'weight');
  const more: Program = { name: 'more', inputs: [], outputs: { other, weight }, updates: [] };
  const one = await (await open([apply], 7)).get(['layer.weight']);
  const both = await (await open([more], 7)).get();
  const another = await (await open([apply], 8)).get(['layer.weight']);
  expect(both['layer.weight']).toEqual(one['layer.weight']);
  expect(another['layer.weight']).not.toEqual(one['layer.weight']);
  expect(Math.max(...Array.from(both['a.before'].data, Math.abs))).toBeLessThanOrEqual(0.5);
});

it('refuses tensors that do not fit, and says what would', async () => {
  const session = await open([apply]);
  await expect(session.run('apply', { x: f32([1, 4], [1, 2, 3, 4]) })).rejects.toThrow(
    'Input "x" of "apply" is f32 [1, 4].',
  );
  await expect(session.run('apply', {})).rejects.toThrow('Input "x" of "apply" is missing.');
  await expect(session.set({ nothing: f32([], [0]) })).rejects.toThrow('There is no variable "nothing".');
  await expect(session.run('aply', {})).rejects.toThrow('This session has no program "aply".');
});
