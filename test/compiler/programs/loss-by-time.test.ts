import { expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSession } from '../../../src/backends/open';
import { evaluate } from '../../../src/compiler/ir/evaluate';
import { input } from '../../../src/compiler/ir/graph';
import { normalDraws } from '../../../src/compiler/ops/philox';
import { lossByTime, lossByTimeName } from '../../../src/compiler/programs/loss-by-time';
import { trainPrograms } from '../../../src/compiler/programs/train-step';
import type { TrainRecipe } from '../../../src/compiler/recipe/index';
import { withTemporaryFolder } from '../../../src/files/atomic';
import { isNativeAvailable } from '../../../src/setup/native';
import type { TrainingData } from '../../../src/train/batches';
import { readMetrics } from '../../../src/train/metrics';
import { controls, microBatches, stepSizes } from '../../../src/train/steps';
import { train } from '../../../src/train/train';
import { array, classes, tinyModel } from '../../support/tiny-model';

const model = tinyModel();
const recipe: TrainRecipe = {
  name: 'tiny',
  model: 'Tiny',
  data: { kind: 'mnist' },
  objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-3, betas: [0.9, 0.999], eps: 1e-8, decay: 0 },
  warmup: 0,
  clip: 1,
  ema: null,
  labelDrop: 0,
  precision: 'f32',
  batch: 4,
  steps: 2,
  seed: 7,
  phases: [],
  checkpoint: 10,
};
const data: TrainingData = {
  classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
  count: 100,
  batch: async (step) => ({
    x0: { shape: [4, 3, 4, 4], dtype: 'f32', data: Float32Array.from(normalDraws([step, 0], 0, 192)) },
    y: { shape: [4], dtype: 'i32', data: Int32Array.of(0, 1, 2, step % classes) },
  }),
};

it.each([
  [0, 1],
  [1, 0],
  [1000, 0],
])('averages losses by quarters of the time, with noise at %d and data at %d', (noise, end) => {
  const conventions = { ...model.conventions, time: { noise, data: end } };
  const [loss, time] = [input('loss', [6]), input('t', [6])];
  const value = lossByTime({ ...model, conventions }, loss, time);
  const program = { name: 'p', inputs: [loss, time], outputs: { value }, updates: [] };
  const most = Math.max(noise, end);
  const times = [0, 0.2, 0.25, 0.5, 0.7, 1].map((t) => t * most);
  const { outputs } = evaluate(program, {
    inputs: { loss: array([6], 1, 2, 4, 8, 16, 32), t: array([6], ...times) },
    variables: {},
  });
  expect([...outputs.value.data]).toEqual([3, 4, 24, 32, 2, 1, 2, 1].map((x) => x / 6));
});

const backends = isNativeAvailable() ? (['tfjs', 'tensorflow'] as const) : (['tfjs'] as const);

it.each(backends.flatMap((backend) => [1, 2].map((accumulate) => ({ backend, accumulate }))))(
  'gives parts that make up the loss of a step of $accumulate on $backend',
  async ({ backend, accumulate }) => {
    const own = { ...recipe, accumulate };
    const programs = trainPrograms(model, own);
    const session = await openSession(
      backend,
      [programs.accumulate, programs.step].filter((p) => p !== null),
      { bindings: stepSizes(own), seed: 7 },
    );
    try {
      const { rate, clip, ...others } = controls(own, 0);
      const parts = microBatches(own, await data.batch(0));
      for (const part of parts.slice(0, -1)) await session.run('accumulate_step', { ...part, ...others });
      const outputs = await session.run('train_step', { ...parts.at(-1), ...others, rate, clip });
      const sums = [...outputs[lossByTimeName].data];
      const total = (of: readonly number[]): number => of.reduce((a, b) => a + b);
      expect(total(sums.slice(4))).toBe(1);
      expect(total(sums.slice(0, 4))).toBeCloseTo(outputs.loss.data[0], 4);
    } finally {
      await session.dispose();
    }
  },
);

it('is kept for each step, and shown by TensorBoard', () =>
  withTemporaryFolder(async (folder) => {
    const out = join(folder, 'run');
    for await (const m of train(model, recipe, { data, out, backend: 'tfjs' })) expect(m.lossByTime).toHaveLength(4);
    const means = (await readMetrics(join(out, 'metrics.jsonl'))).flatMap((m) => m.lossByTime ?? []);
    expect(means).toHaveLength(8);
    expect(means.every((mean) => mean === null || mean > 0)).toBe(true);
    const files = readdirSync(join(out, 'tensorboard')).map((f) => readFileSync(join(out, 'tensorboard', f)));
    expect(Buffer.concat(files).includes('loss_by_time/')).toBe(true);
  }));
