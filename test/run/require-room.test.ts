import { expect, it } from '@jest/globals';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BackendName } from '../../src/backends/session';
import { memoryOfPrograms } from '../../src/compiler/report/memory';
import { denoise } from '../../src/compiler/programs/denoise';
import { exportVerified } from '../../src/run/export-verified';
import { roomProblem, type ProgramUse } from '../../src/run/require-room';
import { runProgram } from '../../src/run/run-program';
import { verifyModel } from '../../src/run/verify-model';
import { elaborateOpen, openSpec } from '../../src/spec/open';
import { compiledText } from '../support/compile';
import { failureOf } from '../support/failure';
import { suiteFolder } from '../support/folder';
import { tinyModel } from '../support/tiny-model';

const folder = suiteFolder();
const program = denoise(tinyModel());

function useOf(batch: number): ProgramUse {
  return {
    programs: [program],
    bindings: { batch },
    doing: `Running a batch of ${batch}`,
    ways: (fitting) => (fitting === null ? [] : [`a batch of ${fitting}`]),
  };
}

function problem(batch: number, bytes: number, backend: BackendName = 'tfjs') {
  return roomProblem(useOf(batch), backend, { bytes, holder: 'there are' });
}

it.each<BackendName>(['tfjs', 'tensorflow', 'reference', 'onnx', 'pytorch'])(
  'refuses what %s cannot hold, and says what it can',
  (backend) => {
    const room = 2 ** 20;
    const found = problem(1e6, room, backend);
    expect(found?.message).toMatch(/^Running a batch of 1000000 needs about \d+\.\d\d [MG]iB; there are 1\.00 MiB\.$/);
    expect(found?.exitCode).toBe(3);
    const batch = Number(/^What fits: a batch of (\d+)\.$/.exec(found?.hint ?? '')?.[1]);
    expect(problem(batch, room, backend)).toBeNull();
    expect(problem(2 * batch, room, backend)).not.toBeNull();
  },
);

it('says where nothing helps', () => {
  expect(problem(4, 100)?.hint).toMatch(/^Not even a batch of 1 fits/);
});

it('predicts what the numbers of an image and the weights take at once', () => {
  const [one, two, three] = [1, 2, 3].map((batch) => memoryOfPrograms([program], { batch }).totalOpByOp);
  // Weights are there once, and all else grows with the batch.
  expect(three - two).toBe(two - one);
  const weights = tinyModel().weights.reduce((sum, w) => sum + 4 * (w.shape as number[]).reduce((a, b) => a * b, 1), 0);
  // Besides them, the constants of the program: two numbers.
  expect(one - (two - one)).toBe(weights + 8);
  // Programs that share variables hold these once, and one of them runs at a time.
  expect(memoryOfPrograms([program, { ...program, name: 'again' }], { batch: 2 }).totalOpByOp).toBe(two);
});

// A terabyte for each image.
const large = compiledText(`model M() {
  input noisy: image(8)
  input time: time(noise: 0, data: 1)
  let wide = broadcast(mean(noisy, axis: all), [500000, 500000])
  output velocity: image(8) = noisy * time + mean(silu(wide), axis: all)
}`);

it('refuses to run, to export and to compare what does not fit, before anything is written', async () => {
  const tensors = {
    x_t: { shape: [2, 3, 8, 8], dtype: 'f32', data: new Float32Array(384) },
    t: { shape: [2], dtype: 'f32', data: new Float32Array(2) },
  } as const;
  const request = { program: 'denoise', tensors, where: 'here', taps: [], backend: 'tfjs' } as const;
  const recipe = (): never => {
    throw new Error('denoise needs no recipe');
  };
  const run = runProgram(large, { ...request, recipe, weights: async () => ({}) });
  expect(await failureOf(() => run)).toMatch(
    /^Running denoise of M on 2 images needs about .* TiB; the portable backend holds 4\.00 GiB\./,
  );
  const path = join(folder, 'm.onnx');
  const written = await failureOf(() => exportVerified(large, { path }));
  expect(written).toMatch(/^Comparing the file with M in ONNX Runtime, on 3 images at once, needs about .* TiB; .*/);
  expect(written).toContain('What fits: --no-verify, which writes the file and compares nothing.');
  expect(readdirSync(folder)).toEqual([]);
  expect(existsSync(path)).toBe(false);
  const file = await exportVerified(large, { path }, false);
  expect(file.files).toEqual([path]);
  expect(await failureOf(() => verifyModel(path, large, {}))).toMatch(
    /^Comparing the file with M .* needs about .* TiB/,
  );
});

it('refuses an open size whose comparison does not fit, before anything is written', async () => {
  const { spec } = openSpec('open.weft', {
    text: `model M(size: Size = 8x8) {
  input noisy: image(size)
  input time: time(noise: 0, data: 1)
  let wide = broadcast(mean(noisy, axis: all), [500000, 500000])
  output velocity: image(size) = noisy * time + mean(silu(wide), axis: all)
}`,
  });
  const open = elaborateOpen(spec, 'M');
  const path = join(folder, 'open.onnx');
  const refused = await failureOf(() => exportVerified(open.model, { path, open }));
  expect(refused).toMatch(/^Comparing the file with M in ONNX Runtime, on 3 images at once, needs about .* TiB; .*/);
  expect(refused).toContain('What fits: --no-verify, which writes the file and compares nothing.');
  expect(existsSync(path)).toBe(false);
});

it('refuses to write a weight that memory cannot hold, whether or not the file is compared', async () => {
  const heavy = compiledText(`model M() {
  input noisy: image(8)
  input time: time(noise: 0, data: 1)
  let flat = broadcast(mean(noisy, axis: all), [1000000])
  output velocity: image(8) = noisy * time + mean(linear(flat, 2000000) @wide, axis: all)
}`);
  const path = join(folder, 'heavy.onnx');
  const refused = await failureOf(() => exportVerified(heavy, { path, weights: 'absent.safetensors' }, false));
  expect(refused).toMatch(/^Writing wide\.weight of M, \[2000000, 1000000\], needs about 21\.8\d TiB; .* [GT]iB\./);
  expect(refused).toContain('Not even this one weight fits');
  expect(existsSync(path)).toBe(false);
});
