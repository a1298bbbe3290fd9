import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import type { TrainRecipe } from '../../src/compiler/recipe/index';
import { memoryOf } from '../../src/compiler/report/memory';
import { normalDraws } from '../../src/compiler/ops/philox';
import { readSafetensors } from '../../src/data/safetensors';
import { withTemporaryFolder } from '../../src/files/atomic';
import { isNativeAvailable } from '../../src/setup/native';
import type { TrainingData } from '../../src/train/batches';
import type { TrainMetrics } from '../../src/train/metrics';
import { train, type TrainOptions } from '../../src/train/train';
import { failureOf } from '../support/failure';
import { classes, tinyModel } from '../support/tiny-model';

const model = tinyModel();
const recipe: TrainRecipe = {
  name: 'parts',
  model: 'Tiny',
  data: { kind: 'mnist' },
  objective: { kind: 'rectified_flow', time: { kind: 'logit_normal', mean: 0, std: 1, shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-2, betas: [0.9, 0.999], eps: 1e-8, decay: 0.1 },
  warmup: 0,
  // Below the norms of these steps, so that it acts.
  clip: 0.05,
  ema: 0.9,
  labelDrop: 0.4,
  precision: 'f32',
  batch: 4,
  steps: 4,
  seed: 7,
  phases: [],
  checkpoint: 2,
};
const data: TrainingData = {
  classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
  count: 100,
  batch: async (step) => ({
    x0: { shape: [4, 3, 4, 4], dtype: 'f32', data: Float32Array.from(normalDraws([step, 0], 0, 4 * 48)) },
    y: { shape: [4], dtype: 'i32', data: Int32Array.of(0, 1, 2, step % classes) },
  }),
};

async function run(out: string, changes: Partial<TrainRecipe>, options: Partial<TrainOptions>) {
  const all: TrainMetrics[] = [];
  for await (const m of train(model, { ...recipe, ...changes }, { data, out, ...options })) all.push(m);
  const files = await Promise.all(['weights', 'ema'].map((n) => readSafetensors(join(out, `${n}.safetensors`))));
  const weights = files.flatMap((file) => [...file.values()].flatMap((t) => [...t.data]));
  return { metrics: all.map(({ loss, gradNorm }) => [loss, gradNorm]), weights };
}

it.each([2, 4])('computes in %i parts what it computes at once, on the reference', (accumulate) =>
  withTemporaryFolder(async (folder) => {
    const backend = 'reference';
    const whole = await run(join(folder, 'a'), { steps: 2 }, { backend });
    const parts = await run(join(folder, 'b'), { steps: 2, accumulate }, { backend });
    expect(whole.metrics.every(([, norm]) => norm > 0.05)).toBe(true);
    // In float64; files of weights hold float32, and Adam's root makes more of what differs.
    whole.metrics.flat().forEach((x, i) => expect(Math.abs(parts.metrics.flat()[i] / x - 1)).toBeLessThan(1e-9));
    whole.weights.forEach((x, i) => expect(Math.abs(parts.weights[i] - x)).toBeLessThan(1e-7));
  }),
);

it.each(['tfjs', ...(isNativeAvailable() ? (['tensorflow'] as const) : [])] as const)(
  'goes on after a stop bit for bit, on %s',
  (backend) =>
    withTemporaryFolder(async (folder) => {
      const once = await run(join(folder, 'a'), {}, { backend });
      const whole = await run(join(folder, 'b'), { accumulate: 2 }, { backend });
      whole.metrics.flat().forEach((x, i) => expect(Math.abs(once.metrics.flat()[i] / x - 1)).toBeLessThan(1e-3));
      const out = join(folder, 'c');
      const stop = new AbortController();
      const first = train(model, { ...recipe, accumulate: 2 }, { data, backend, out, signal: stop.signal });
      for await (const { step } of first) if (step === 2) stop.abort();
      const rest = await run(out, { accumulate: 2 }, { backend, resume: true });
      expect(rest).toEqual({ metrics: whole.metrics.slice(2), weights: whole.weights });
    }),
  // XLA compiles the programs of four runs.
  240_000,
);

it('holds what one part needs, and the sums', () => {
  const of = (batch: number, accumulate?: number) =>
    memoryOf(model, { ...recipe, batch, ...(accumulate && { accumulate }) });
  const [parts, one] = [of(4, 4), of(1)];
  // With the sums of the loss and of its eight parts by time.
  expect([parts.batch, parts.activations]).toEqual([4, one.activations + 4]);
  expect(parts.gradients - one.gradients).toBe(524 * 4 + 4 + 8 * 4);
  expect(parts.total).toBeGreaterThan(one.total);
});

it('refuses a batch that does not divide', async () => {
  const steps = train(model, { ...recipe, accumulate: 3 }, { data, backend: 'tfjs' });
  expect(await failureOf(() => steps.next())).toMatch(/A batch of 4 images does not divide into 3 parts[^]*batch of 6/);
});
