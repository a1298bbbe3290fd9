import { existsSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { loadRuntime } from '../../../src/backends/tensorflow/runtime';
import { open } from '../../../src/backends/tensorflow/session';
import type { HostTensor, Session, SessionOptions } from '../../../src/backends/session';
import { evaluateValues } from '../../../src/compiler/ir/evaluate';
import { input, variable, type Program } from '../../../src/compiler/ir/graph';
import { add, cast, mul, square, sub } from '../../../src/compiler/ops/elementwise';
import { matmul } from '../../../src/compiler/ops/linalg';
import { reshape } from '../../../src/compiler/ops/movement';
import { reduceMean } from '../../../src/compiler/ops/reduction';
import { isNativeAvailable } from '../../../src/setup/native';
import { itNative } from '../../support/native';
import { suiteFolder } from '../../support/folder';

const root = suiteFolder();
const opened: Session[] = [];
afterAll(async () => {
  for (const session of opened) await session.dispose();
});

const x = input('x', [4, 3]);
const rate = input('rate', []);
const w = variable('layer.weight', [3, 2], { kind: 'normal', std: 0.5 }, 'weight');
const mean = variable('ema/layer.weight', [3, 2], { kind: 'zeros' }, 'ema');
const steps = variable('steps', [], { kind: 'constant', value: 3 }, 'counter', 'i32');
const y = matmul(x, w);
const loss = reduceMean(square(y), { axes: [0, 1] });
/** A gradient of the mean of squares, up to a factor. */
const gradient = matmul(x, y, { transposeA: true });
const trained = sub(w, mul(gradient, rate));

const step: Program = {
  name: 'train_step',
  inputs: [x, rate],
  outputs: { loss, weight: w },
  updates: [
    { variable: w, value: trained },
    // Reads the weight as it was before this call, whatever the order of the updates.
    { variable: mean, value: add(mul(mean, 0.5), mul(w, 0.5)) },
    { variable: steps, value: add(steps, 1) },
  ],
};
const apply: Program = { name: 'denoise', inputs: [x], outputs: { y }, updates: [] };
const bump: Program = { name: 'bump', inputs: [], outputs: {}, updates: [{ variable: steps, value: add(steps, 10) }] };

const f32 = (shape: number[], data: number[]): HostTensor => ({ shape, dtype: 'f32', data: Float32Array.from(data) });
const image = f32(
  [4, 3],
  Array.from({ length: 12 }, (_, i) => Math.sin(i)),
);
const weight = f32([3, 2], [1, -2, 0.5, 3, 0.25, -1]);

async function session(options: SessionOptions = {}): Promise<Session> {
  const made = await open([step, apply, bump], { xla: false, ...options });
  opened.push(made);
  return made;
}

for (const xla of [false, true]) {
  const way = xla ? 'compiled by XLA' : 'as a plain graph';
  itNative(`applies all updates at once to the state before the call, ${way}`, async () => {
    const s = await session({ xla });
    await s.set({ 'layer.weight': weight });
    const out = await s.run('train_step', { x: image, rate: f32([], [0.1]) });
    const state = await s.get();
    const leaves = new Map([
      [x, { shape: [4, 3], data: Float64Array.from(image.data) }],
      [rate, { shape: [], data: Float64Array.of(0.1) }],
      [w, { shape: [3, 2], data: Float64Array.from(weight.data) }],
    ]);
    const [expectedLoss, expectedWeight] = evaluateValues([loss, trained], leaves);
    expect(out.loss.data[0]).toBeCloseTo(expectedLoss.data[0], 5);
    expect([...out.weight.data]).toEqual([...weight.data]);
    expectedWeight.data.forEach((v, i) => expect(state['layer.weight'].data[i]).toBeCloseTo(v, 5));
    expect([...state['ema/layer.weight'].data]).toEqual([...weight.data].map((v) => v / 2));
    expect(state.steps).toEqual({ shape: [], dtype: 'i32', data: Int32Array.of(4) });
  });
}

itNative('runs a program that only updates', async () => {
  const s = await session();
  expect(await s.run('bump', {})).toEqual({});
  expect((await s.get(['steps'])).steps.data[0]).toBe(13);
});

itNative('draws initial values from the seed and the name alone', async () => {
  const [a, b] = [await session({ seed: 1 }), await open([apply], { seed: 1 })];
  opened.push(b);
  const [first, alone] = [await a.get(), await b.get()];
  expect(alone['layer.weight']).toEqual(first['layer.weight']);
  await a.init(2);
  const second = await a.get();
  expect(second['layer.weight']).not.toEqual(first['layer.weight']);
  expect([...second['ema/layer.weight'].data]).toEqual([0, 0, 0, 0, 0, 0]);
  expect(second.steps.data[0]).toBe(3);
});

itNative('draws numbers with the spread that the initialiser states', async () => {
  const normal = variable('n', [100, 100], { kind: 'normal', std: 0.02 }, 'weight');
  const uniform = variable('u', [100, 100], { kind: 'uniform', bound: 0.3 }, 'weight');
  const s = await open([{ name: 'p', inputs: [], outputs: { n: normal, u: uniform }, updates: [] }]);
  opened.push(s);
  const { n, u } = await s.get();
  const spread = (t: HostTensor) => Math.sqrt([...t.data].reduce((sum, v) => sum + v * v, 0) / t.data.length);
  // Five standard errors of a standard deviation over 10,000 numbers: 5 / √20000 = 3.5 %.
  expect(Math.abs(spread(n) / 0.02 - 1)).toBeLessThan(0.036);
  expect(Math.abs(spread(u) / (0.3 / Math.sqrt(3)) - 1)).toBeLessThan(0.036);
  expect(Math.max(...[...u.data].map(Math.abs))).toBeLessThanOrEqual(0.3);
});

itNative('keeps its own copy of what it is given', async () => {
  const s = await session();
  // Large enough and aligned, so that a shared buffer would be seen.
  const buffer = Float32Array.from(weight.data);
  await s.set({ 'layer.weight': { ...weight, data: buffer } });
  buffer.fill(99);
  expect([...(await s.get(['layer.weight']))['layer.weight'].data]).toEqual([...weight.data]);
});

itNative('saves to a new folder and restores from it', async () => {
  const s = await session({ seed: 5 });
  const folder = join(root, 'state');
  const before = await s.get();
  await s.save(folder);
  await s.run('train_step', { x: image, rate: f32([], [0.1]) });
  await s.restore(folder);
  expect(await s.get()).toEqual(before);
  await expect(s.save(folder)).rejects.toThrow('exists already');
  const other = await session({ seed: 9 });
  await other.restore(folder);
  expect(await other.get()).toEqual(before);
  expect(readdirSync(root)).toEqual(['state']);
});

itNative('names what does not fit when it restores', async () => {
  const s = await open([apply]);
  opened.push(s);
  const folder = join(root, 'partial');
  await s.save(folder);
  await expect((await session()).restore(folder)).rejects.toThrow(`${folder} lacks ema/layer.weight, steps.`);
  await expect(s.restore(join(root, 'absent'))).rejects.toThrow('is not a state that the tensorflow backend saved');
  rmSync(folder, { recursive: true });
});

itNative('refuses inputs that are missing, unknown or of another type, by name', async () => {
  const s = await session();
  await expect(s.run('train_step', { x: image })).rejects.toThrow('Input "rate" of "train_step" is missing.');
  await expect(s.run('denoise', { x: f32([3, 4], [...image.data]) })).rejects.toThrow(
    'Input "x" of "denoise" is f32 [3, 4].',
  );
  await expect(s.run('denoise', { x: image, z: image })).rejects.toThrow('has no input "z"');
  await expect(s.run('paint', {})).rejects.toThrow('no program "paint"');
  await expect(s.set({ steps: f32([], [1]) })).rejects.toThrow('Variable "steps" is f32 [].');
  await expect(s.get(['absent'])).rejects.toThrow('This session has no variable "absent".');
});

itNative('computes in half types inside and gives f32 outside', async () => {
  const half = cast(matmul(cast(x, { dtype: 'bf16' }), cast(w, { dtype: 'bf16' })), { dtype: 'f32' });
  const kept = variable('kept', [2], { kind: 'constant', value: 1.5 }, 'buffer', 'bf16');
  const s = await open([
    { name: 'half', inputs: [x], outputs: { half, raw: cast(half, { dtype: 'f16' }), kept }, updates: [] },
  ]);
  opened.push(s);
  await s.set({ 'layer.weight': weight });
  const out = await s.run('half', { x: image });
  expect(Object.values(out).map((t) => t.dtype)).toEqual(['f32', 'f32', 'f32']);
  expect([...out.kept.data]).toEqual([1.5, 1.5]);
  const exact = evaluateValues(
    [y],
    new Map([
      [x, { shape: [4, 3], data: Float64Array.from(image.data) }],
      [w, { shape: [3, 2], data: Float64Array.from(weight.data) }],
    ]),
  );
  // Three products of operands with 8 significant bits.
  exact[0].data.forEach((v, i) => expect(Math.abs(out.half.data[i] - v)).toBeLessThan(3 * 3 * 2 ** -8));
});

itNative('compiles sums of tensors so large that the graph optimizer would break them up', async () => {
  // It does so for more than 205 MB of tensors whose shapes it knows, with ops that XLA does not have.
  const [column, row] = [input('column', [8192]), input('row', [2048])];
  const large = matmul(reshape(column, { shape: [8192, 1] }), reshape(row, { shape: [1, 2048] }));
  const sum = [1, 2, 3, 4].map((i) => square(sub(large, i))).reduce((a, b) => add(a, b));
  const mean = reduceMean(sum, { axes: [0, 1] });
  const s = await open([{ name: 'sum', inputs: [column, row], outputs: { mean }, updates: [] }], { xla: true });
  opened.push(s);
  const ones = (count: number) => f32([count], Array<number>(count).fill(1));
  const out = await s.run('sum', { column: ones(8192), row: ones(2048) });
  expect(out.mean.data[0]).toBeCloseTo(0 + 1 + 4 + 9);
});

itNative('holds as many tensors and as much memory after 500 steps as before', async () => {
  const s = await session();
  const runtime = loadRuntime();
  const inputs = { x: image, rate: f32([], [1e-4]) };
  for (let i = 0; i < 50; i++) await s.run('train_step', inputs);
  const tensors = runtime.tensorCount();
  const memory = process.memoryUsage().rss;
  for (let i = 0; i < 500; i++) await s.run('train_step', inputs);
  expect(runtime.tensorCount()).toBe(tensors);
  // The state and inputs are under a kilobyte; the allowance is for the test runner's own garbage.
  expect(process.memoryUsage().rss - memory).toBeLessThan(60e6);
});

itNative('refuses to run after it was disposed, and leaves no files', async () => {
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith('weft-tensorflow-'));
  const s = await session();
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('weft-tensorflow-'))).toEqual(before);
  await s.dispose();
  await s.dispose();
  await expect(s.run('denoise', { x: image })).rejects.toThrow('disposed');
});

it('is refused, with what to do, where the native library is hidden', async () => {
  const before = process.env.WEFT_PORTABLE;
  process.env.WEFT_PORTABLE = '1';
  try {
    expect(isNativeAvailable()).toBe(false);
    await expect(open([apply])).rejects.toMatchObject({ exitCode: 3, hint: expect.stringContaining('weft setup') });
  } finally {
    if (before === undefined) delete process.env.WEFT_PORTABLE;
    else process.env.WEFT_PORTABLE = before;
  }
  expect(existsSync(root)).toBe(true);
});
