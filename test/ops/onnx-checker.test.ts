import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { exportOnnx } from '../../src/backends/onnx/export';
import { samplerProgram } from '../../src/compiler/programs/sample';
import { fromTensors } from '../../src/data/weight-source';
import type { OpName } from '../../src/compiler/ops/index';
import { gatedProgram, weightsOf } from '../backends/onnx/models';
import { tinyModel } from '../support/tiny-model';
import { leavesOf, samples } from './samples';
import { suiteFolder } from '../support/folder';

/** Python with the `onnx` package: `WEFT_PYTHON`, or python3 on the path. */
const python = process.env.WEFT_PYTHON ?? 'python3';
const hasOnnx = spawnSync(python, ['-c', 'import onnx']).status === 0;
const itWithOnnx = hasOnnx ? it : it.skip;
if (!hasOnnx)
  console.warn(`Skipping the ONNX checker: ${python} has no package "onnx" (pip install onnx; WEFT_PYTHON=…).`);

const folder = suiteFolder();

itWithOnnx.each([17, 23, 25])('every op and sampler exported at opset %i passes the ONNX checker', async (opset) => {
  const here = join(folder, `${opset}`);
  for (const op of Object.keys(samples) as OpName[]) {
    for (const [i, sample] of samples[op].filter((s) => !s.training).entries()) {
      const leaves = leavesOf(sample);
      const program = { name: op, inputs: leaves, outputs: { y: sample.apply(...leaves) }, updates: [] };
      await exportOnnx(program, { path: join(here, `${op}-${i}.onnx`), opset, weights: fromTensors({}) });
    }
  }
  const program = gatedProgram(64);
  const weights = weightsOf(program);
  for (const precision of ['fp32', 'fp16', 'bf16'] as const) {
    const path = join(here, `gated-${precision}.onnx`);
    await exportOnnx(program, { path, opset, precision, weights, externalData: precision !== 'fp16' });
  }
  for (const solver of ['heun', 'dpm_solver_pp'] as const) {
    const walk = { solver, steps: 3, shift: 1, guidance: { scale: 2, from: 0.2, to: 1, rescale: 0.5 } };
    const sampler = samplerProgram(tinyModel(), walk);
    for (const precision of ['fp32', 'fp16', 'bf16'] as const) {
      const path = join(here, `sampler-${solver}-${precision}.onnx`);
      const weights = weightsOf(sampler.turn);
      await exportOnnx(sampler, { path, opset, precision, weights, externalData: precision === 'fp32' });
    }
  }
  expect(execFileSync(python, ['scripts/check-onnx.py', here], { encoding: 'utf8' })).toMatch(/ 0 problems/);
});
