import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import { evaluate, type Arrays } from '../../../../src/compiler/ir/evaluate';
import { drawName, type NdArray } from '../../../../src/compiler/ir/graph';
import { normalDraws } from '../../../../src/compiler/ops/philox';
import { exponentOf } from '../../../../src/compiler/programs/optimizers/ema';
import { trainStepGiven } from '../../../../src/compiler/programs/train-step';
import type { TrainRecipe } from '../../../../src/compiler/recipe/index';
import { readSafetensors } from '../../../../src/data/safetensors';
import { withTemporaryFolder } from '../../../../src/files/atomic';
import { isNativeAvailable } from '../../../../src/setup/native';
import {} from '../../../../src/train/find-record';
import { runPaths } from '../../../../src/train/run-folder';
import { kindOf, weightsOfRun } from '../../../../src/train/run-weights';
import { readRunRecord } from '../../../../src/train/find-record';
import { train } from '../../../../src/train/train';
import { unexpected } from '../../../support/unexpected';
import { failureOf } from '../../../support/failure';
import { array, classes, normal, tinyModel, weightValues } from '../../../support/tiny-model';

const model = tinyModel();
const recipe: TrainRecipe = {
  name: 'tiny',
  model: 'Tiny',
  data: { kind: 'mnist' },
  objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-2, betas: [0.9, 0.999], eps: 1e-8, decay: 0 },
  warmup: 0,
  clip: 1,
  ema: [0.9, { kind: 'power', width: 0.05 }, { kind: 'power', width: 0.2 }],
  labelDrop: 0,
  precision: 'f32',
  batch: 4,
  steps: 4,
  seed: 7,
  phases: [],
  checkpoint: 2,
};

it('has the exponents of the paper', () => {
  expect(exponentOf(0.05)).toBeCloseTo(16.97, 2);
  expect(exponentOf(0.1)).toBeCloseTo(6.94, 2);
});

it('averages by decays and by powers of time, each as its closed form', () => {
  const program = trainStepGiven(model, recipe);
  const weights = weightValues(model);
  const zeros = (shape: readonly number[]): NdArray => ({
    shape: [...shape],
    data: new Float64Array(shape.reduce((a, b) => a * b, 1)),
  });
  let state: Arrays = Object.fromEntries(
    program.updates.map(({ variable: v }) => [v.leaf.name, weights[drawName(v)] ?? zeros(v.shape as number[])]),
  );
  const path = 'block.q.weight';
  const walked = [state[path].data];
  for (let step = 1; step <= 30; step++) {
    const inputs = {
      x_t: normal([2, 3, 4, 4], 10 + step),
      t: array([2], 0.2, 0.7),
      y: array([2], 1, 5),
      v_target: normal([2, 3, 4, 4], 20 + step),
      rate: array([], 0.01),
      clip: array([], 1),
    };
    state = { ...state, ...evaluate(program, { inputs, variables: state }).updates };
    walked.push(state[path].data);
    const expectMean = (name: string, share: (t: number) => number): void => {
      const at = 5;
      const mean = walked.reduce((sum, w, t) => sum + share(t) * w[at], 0);
      expect(state[`${name}/${path}`].data[at]).toBeCloseTo(mean, 10);
    };
    expectMean('ema', (t) => (t === 0 ? 0.9 ** step : 0.1 * 0.9 ** (step - t)));
    for (const width of [0.05, 0.2]) {
      const power = exponentOf(width) + 1;
      const share = (t: number): number => (t === 0 ? 0 : (t / step) ** power - ((t - 1) / step) ** power);
      expectMean(`ema-power-${width}`, share);
    }
  }
});

it.each(isNativeAvailable() ? (['tfjs', 'tensorflow'] as const) : (['tfjs'] as const))(
  'writes a file for each average, and knows them of an unfinished run, on %s',
  (backend) =>
    withTemporaryFolder(async (folder) => {
      const out = join(folder, 'run');
      const data = {
        classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
        count: 100,
        batch: async (step: number) => ({
          x0: { shape: [4, 3, 4, 4], dtype: 'f32' as const, data: Float32Array.from(normalDraws([step, 0], 0, 192)) },
          y: { shape: [4], dtype: 'i32' as const, data: Int32Array.of(0, 1, 2, step % classes) },
        }),
      };
      for await (const { step } of train(model, recipe, { data, backend, out })) if (step === 3) break;
      const paths = runPaths(out);
      const names = ['ema', 'ema-power-0.05', 'ema-power-0.2'];
      const files = await Promise.all(names.map((name) => readSafetensors(paths.average(name))));
      const values = files.map((file) => [...(file.get('block.q.weight')?.data ?? [])]);
      expect(new Set(values.map((v) => v[0])).size).toBe(3);
      const run = { folder: out, record: await readRunRecord(out), model };
      expect(await weightsOfRun(run, 'ema-power-0.2', folder, unexpected)).toEqual({
        path: paths.average(names[2]),
        step: 3,
      });
      expect(kindOf(out, run.record, undefined)).toBe('ema');
      expect(await failureOf(() => void kindOf(out, run.record, 'ema-0.9'))).toMatch(
        /no weights called "ema-0\.9"[^]*--which raw or --which ema or --which ema-power-0\.05/,
      );
    }),
);
