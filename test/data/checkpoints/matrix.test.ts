import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadWeights } from '../../../src/run/load-weights';
import { modelOf } from '../../support/stored';

/** Python with PyTorch, which writes the files: `WEFT_PYTHON`, or python3 on the path. */
const python = process.env.WEFT_PYTHON ?? 'python3';
const hasTorch = spawnSync(python, ['-c', 'import torch, numpy, safetensors']).status === 0;
const itWithTorch = hasTorch ? it : it.skip;
if (!hasTorch)
  console.warn(`Skipping the matrix of checkpoints: ${python} has no PyTorch (WEFT_PYTHON=… names one that has).`);

interface Matrix {
  /** What the first block's weight holds in every file, row by row. */
  readonly numbers: readonly number[];
  readonly rows: readonly { readonly file: string; readonly scale: number; readonly told: string }[];
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-matrix-'));
  if (hasTorch) execFileSync(python, ['test/data/checkpoints/fixtures/matrix.py', folder]);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

const model = modelOf(`model M(depth: Int = 2) {
  input noisy: image(4x4)
  input time: scalar
  output velocity: image(4x4) = noisy |> repeat(depth) linear(4) @blocks
}`);

itWithTorch('loads every layout, type and wrapping that training code writes', async () => {
  const { numbers, rows } = JSON.parse(readFileSync(join(folder, 'matrix.json'), 'utf8')) as Matrix;
  expect(rows.length).toBeGreaterThan(140);
  const wrong: unknown[] = [];
  for (const { file, scale, told } of rows) {
    const notes: string[] = [];
    const found = await loadWeights(join(folder, file), model, { tell: (note) => notes.push(note) }).catch(String);
    const want = [0, 1].map((block) => numbers.map((x) => x * scale * (1 + block)));
    const got = typeof found === 'string' ? found : [0, 1].map((block) => [...found[`blocks.${block}.weight`].data]);
    const isTold =
      told === '' ? !notes.some((n) => /took|without scales/.test(n)) : new RegExp(told).test(notes.join('\n'));
    if (JSON.stringify(got) !== JSON.stringify(want) || !isTold) wrong.push({ file, got, notes });
  }
  expect(wrong).toEqual([]);
});
