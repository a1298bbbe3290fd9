import { expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportOnnx } from '../../src/backends/onnx/export';
import { loadOnnx } from '../../src/backends/onnx/runtime';
import type { HostTensors } from '../../src/backends/session';
import { input, variable, type Program } from '../../src/compiler/ir/graph';
import { ops } from '../../src/compiler/ops';
import { guided } from '../../src/compiler/programs/guided';
import { fromTensors } from '../../src/data/weight-source';
import { backends } from '../ops/backends';
import { batch, classes, tinyModel } from '../support/tiny-model';

const y = input('y', [batch], 'i32');
const table = variable('table', [classes + 1, 2], { kind: 'ones' }, 'weight');

/** The ways in which programs read labels. */
const programs: { readonly [name: string]: Program } = {
  gather: { name: 'p', inputs: [y], outputs: { row: ops.gather(table, y) }, updates: [] },
  'one-hot': { name: 'p', inputs: [y], outputs: { row: ops.oneHot(y, { depth: classes + 1 }) }, updates: [] },
  'dropped labels': {
    name: 'p',
    inputs: [y],
    outputs: { row: ops.gather(table, ops.select(ops.less(y, 2), y, classes)) },
    updates: [],
  },
};

const labels = (...data: number[]): HostTensors => ({
  y: { shape: [data.length], dtype: 'i32', data: Int32Array.from(data) },
});

for (const { name, variant, open } of backends) {
  it.each(Object.keys(programs))(
    `${name} ${variant ?? ''} refuses labels outside the table, by name: %s`,
    async (how) => {
      const session = await open([programs[how]], { bindings: { batch: 3 } });
      try {
        for (const wrong of [-1, classes + 1]) {
          const said = session.run('p', labels(0, wrong, 1));
          await expect(said).rejects.toThrow(`Input "y" of "p" holds ${wrong}, which is no row of its table.`);
        }
        expect((await session.run('p', labels(0, classes, 1))).row.shape[0]).toBe(3);
      } finally {
        await session.dispose();
      }
    },
  );
}

it('knows the labels of both branches of a guided call', async () => {
  const program = guided(tinyModel());
  const session = await backends[0].open([program], { bindings: { batch: 1 } });
  const zeros = (shape: number[]) => ({
    shape,
    dtype: 'f32' as const,
    data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
  });
  const inputs = { x_t: zeros([1, 3, 4, 4]), t: zeros([1]), guidance: zeros([]), ...labels(-1) };
  await expect(session.run('guided', inputs)).rejects.toThrow('holds -1');
  await session.dispose();
});

it.each([17, 23])('an exported file of opset %i refuses what the sessions refuse', async (opset) => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-labels-'));
  const weights = fromTensors({ table: { shape: [classes + 1, 2], dtype: 'f32', data: new Float32Array(12) } });
  await exportOnnx(programs.gather, { path: join(folder, 'm.onnx'), opset, weights });
  const model = await loadOnnx(join(folder, 'm.onnx'));
  for (const wrong of [-1, classes + 1])
    await expect(model.run(labels(0, wrong))).rejects.toThrow(/out of data bounds/);
  await model.run(labels(0, classes));
  await model.dispose();
  rmSync(folder, { recursive: true });
});
