import { expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hasPyTorch } from '../../../src/backends/pytorch/python';
import { openPyTorch } from '../../../src/backends/pytorch/session';
import { programSource } from '../../../src/backends/pytorch/source';
import type { HostTensor } from '../../../src/backends/session';
import { input, scalar, variable, type Program } from '../../../src/compiler/ir/graph';
import { normalDraws, uniformDraws } from '../../../src/compiler/ops/philox';
import { ops } from '../../../src/compiler/ops';
import { failureOf } from '../../support/failure';
import { suiteFolder } from '../../support/folder';

const folder = suiteFolder();
const itTorch = hasPyTorch() ? it : it.skip;
if (!hasPyTorch()) console.warn('No Python with PyTorch is found: its sessions are not tried.');

const w = variable('w', [2], { kind: 'constant', value: 3 }, 'weight');
const x = input('x', [2]);

/** Gives w · x and adds x to w. */
const accumulate: Program = {
  name: 'accumulate',
  inputs: [x],
  outputs: { y: ops.mul(w, x) },
  updates: [{ variable: w, value: ops.add(w, x) }],
};
const read: Program = { name: 'read', inputs: [], outputs: { w: ops.mul(w, scalar(1)) }, updates: [] };

function floats(...data: number[]): HostTensor {
  return { shape: [data.length], dtype: 'f32', data: Float32Array.from(data) };
}

it('writes a program as a function of Python that lets go of what it has read', () => {
  const { text } = programSource(accumulate);
  expect(text).toBe(`import torch
import torch.nn.functional as F


def run(inputs, variables, constants):
    v0 = variables["w"]
    v1 = inputs["x"]
    v2 = v0 * v1
    v3 = v0 + v1
    del v0, v1
    return {"y": v2}, {"w": v3}
`);
});

itTorch('keeps variables in the process from run to run, and for all programs of a session', async () => {
  const session = await openPyTorch([accumulate, read]);
  try {
    expect((await session.run('accumulate', { x: floats(1, 2) })).y).toEqual(floats(3, 6));
    expect((await session.run('accumulate', { x: floats(1, 2) })).y).toEqual(floats(4, 10));
    expect((await session.run('read', {})).w).toEqual(floats(5, 7));
    await session.save(join(folder, 'saved'));
    await session.set({ w: floats(0, 0) });
    expect(await session.get(['w'])).toEqual({ w: floats(0, 0) });
    await session.restore(join(folder, 'saved'));
    expect(await session.get()).toEqual({ w: floats(5, 7) });
    await session.init(1);
    expect(await session.get()).toEqual({ w: floats(3, 3) });
  } finally {
    await session.dispose();
  }
});

itTorch('keeps sessions apart in one process', async () => {
  const [a, b] = await Promise.all([openPyTorch([accumulate]), openPyTorch([accumulate])]);
  try {
    await Promise.all([a.set({ w: floats(1, 1) }), b.set({ w: floats(2, 2) })]);
    const runs = await Promise.all([a, b].map((s) => s.run('accumulate', { x: floats(1, 1) })));
    expect(runs.map((r) => r.y)).toEqual([floats(1, 1), floats(2, 2)]);
    expect(a.pids).toEqual(b.pids);
  } finally {
    await Promise.all([a.dispose(), b.dispose()]);
  }
});

itTorch('draws the numbers that the reference draws', async () => {
  const [seed, part] = [input('seed', [2], 'i32'), input('part', [], 'i32')];
  const program: Program = {
    name: 'draw',
    inputs: [seed, part],
    outputs: {
      normal: ops.randomNormal(seed, { shape: [3, 5], stream: 7 }),
      uniform: ops.randomUniform(seed, { shape: [9], stream: -2 }),
      part: ops.randomNormalPart(seed, part, { shape: [1, 5], stream: 7, count: 3 }),
    },
    updates: [],
  };
  const session = await openPyTorch([program]);
  try {
    const key = Int32Array.of(-5, 2_000_000_000);
    const got = await session.run('draw', {
      seed: { shape: [2], dtype: 'i32', data: key },
      part: { shape: [], dtype: 'i32', data: Int32Array.of(1) },
    });
    expect(got.uniform.data).toEqual(Float32Array.from(uniformDraws(key, -2, 9)));
    expect(got.normal.shape).toEqual([3, 5]);
    expect(got.part.data).toEqual(got.normal.data.subarray(5, 10));
    // Two rounding steps of float32 numbers up to 5.
    normalDraws(key, 7, 15).forEach((want, i) =>
      expect(Math.abs(Number(got.normal.data[i]) - want)).toBeLessThan(1e-6),
    );
  } finally {
    await session.dispose();
  }
});

itTorch('computes in half types inside, and gives float32', async () => {
  const half = ops.cast(x, { dtype: 'bf16' });
  const program: Program = { name: 'half', inputs: [x], outputs: { y: ops.mul(half, half) }, updates: [] };
  const session = await openPyTorch([program]);
  try {
    // 1.01 is 1.0078125 in bfloat16, whose square is 1.015625 there.
    expect((await session.run('half', { x: floats(1.01, 2) })).y).toEqual(floats(1.015625, 4));
  } finally {
    await session.dispose();
  }
});

itTorch('says that the process has died, and starts another for the next session', async () => {
  const session = await openPyTorch([accumulate]);
  await session.run('accumulate', { x: floats(1, 2) });
  process.kill(session.pids[0] ?? 0, 'SIGKILL');
  const told = await failureOf(() => session.run('accumulate', { x: floats(1, 2) }));
  expect(told).toMatch(/^The Python process of the pytorch backend was ended by SIGKILL/);
  expect(told).toMatch(/start again from what was saved/);
  await session.dispose();
  const next = await openPyTorch([accumulate]);
  expect((await next.run('accumulate', { x: floats(1, 2) })).y).toEqual(floats(3, 6));
  await next.dispose();
});

it('has its Python files where an installed package has them', () => {
  for (const name of ['serve.py', 'functions.py'])
    expect(existsSync(join('src', 'backends', 'pytorch', name))).toBe(true);
});
