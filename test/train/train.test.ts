import { expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainRecipe } from '../../src/compiler/lower/recipe';
import { normalDraws } from '../../src/compiler/ops/philox';
import { readSafetensors } from '../../src/data/safetensors';
import type { TrainingData } from '../../src/train/batches';
import { readMetrics, type TrainMetrics } from '../../src/train/metrics';
import { train, type TrainEvent, type TrainOptions } from '../../src/train/train';
import { classes, tinyModel } from '../support/tiny-model';

const model = tinyModel();
const recipe: TrainRecipe = {
  name: 'tiny',
  model: 'Tiny',
  data: { kind: 'mnist' },
  objective: { kind: 'rectified_flow', time: { kind: 'logit_normal', mean: 0, std: 1, shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-3, betas: [0.9, 0.999], eps: 1e-8, decay: 0 },
  warmup: 3,
  clip: 1,
  ema: 0.9,
  labelDrop: 0.2,
  precision: 'f32',
  batch: 4,
  steps: 8,
  seed: 7,
  phases: [{ at: 6, rate: 1e-4, clip: null }],
  checkpoint: 2,
};

/** Every step another batch, drawn from its number. */
const data: TrainingData = {
  classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
  count: 100,
  batch: async (step) => ({
    x0: { shape: [4, 3, 4, 4], dtype: 'f32', data: Float32Array.from(normalDraws([step, 0], 0, 4 * 48)) },
    y: { shape: [4], dtype: 'i32', data: Int32Array.of(0, 1, 2, step % classes) },
  }),
};

async function collect(options: Partial<TrainOptions>, changes: Partial<TrainRecipe> = {}): Promise<TrainMetrics[]> {
  const all: TrainMetrics[] = [];
  for await (const m of train(model, { ...recipe, ...changes }, { data, backend: 'tfjs', ...options })) all.push(m);
  return all;
}

async function inFolder(use: (out: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-train-'));
  await use(join(folder, 'run')).finally(() => rmSync(folder, { recursive: true }));
}

it('goes on after an interruption exactly as an uninterrupted run would', () =>
  inFolder(async (out) => {
    const whole = await collect({});
    expect(whole.map((m) => m.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const stop = new AbortController();
    const events: TrainEvent[] = [];
    const first: TrainMetrics[] = [];
    const interrupted = train(model, recipe, {
      data,
      backend: 'tfjs',
      out,
      signal: stop.signal,
      onEvent: (e) => events.push(e),
    });
    for await (const m of interrupted) {
      first.push(m);
      if (m.step === 5) stop.abort();
    }
    expect(events.at(-1)).toEqual({ kind: 'interrupted', step: 5 });
    expect(readdirSync(join(out, 'checkpoints')).sort()).toEqual(['step-000004', 'step-000005']);
    const rest = await collect({ out, resume: true, backend: 'auto' });
    expect([...first, ...rest].map(({ step, loss, gradNorm, rate }) => [step, loss, gradNorm, rate])).toEqual(
      whole.map(({ step, loss, gradNorm, rate }) => [step, loss, gradNorm, rate]),
    );
    expect((await readMetrics(join(out, 'metrics.jsonl'))).map((m) => m.step)).toEqual(whole.map((m) => m.step));
    expect((await readSafetensors(join(out, 'ema.safetensors'))).size).toBe(model.weights.length);
  }));

it('forgets the steps after the last checkpoint when the process died', () =>
  inFolder(async (out) => {
    for await (const m of train(model, recipe, { data, backend: 'tfjs', out })) if (m.step === 5) break;
    expect((await readMetrics(join(out, 'metrics.jsonl'))).length).toBe(5);
    const rest = await collect({ out, resume: true });
    expect(rest.map((m) => m.step)).toEqual([5, 6, 7, 8]);
    expect((await readMetrics(join(out, 'metrics.jsonl'))).map((m) => m.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  }));

it('warms the rate up and lowers it in a phase', async () => {
  const rates = (await collect({})).map((m) => m.rate);
  [1e-3 / 3, 2e-3 / 3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-4, 1e-4].forEach((r, i) => expect(rates[i]).toBeCloseTo(r, 12));
});

it('stops at a number that is not finite, names it, and keeps the checkpoint before', () =>
  inFolder(async (out) => {
    const poisoned: TrainingData = {
      ...data,
      batch: async (step) => {
        const batch = await data.batch(step);
        if (step === 4) batch.x0.data[5] = NaN;
        return batch;
      },
    };
    await expect(collect({ out, data: poisoned })).rejects.toThrow(
      /^Step 5: the loss is no longer finite; the first tensor to go wrong is the input x0 \(1 numbers\)\. The checkpoint of step 4 is kept\.$/,
    );
    expect(existsSync(join(out, 'checkpoints', 'step-000004'))).toBe(true);
  }));

it('names the weight gradient or module that went wrong', async () => {
  await expect(collect({}, { optimizer: { ...recipe.optimizer, rate: 1e30 }, warmup: 0, clip: null })).rejects.toThrow(
    /first tensor to go wrong is the output of block \(128 numbers\)\. No checkpoint was written before\.$/,
  );
});

it('refuses to mix runs', () =>
  inFolder(async (out) => {
    await expect(collect({ out, resume: true })).rejects.toThrow('There is no run to resume');
    await collect({ out }, { steps: 2 });
    await expect(collect({ out })).rejects.toThrow('already holds a training run');
    await expect(collect({ out, resume: true }, { seed: 8 })).rejects.toThrow('started with another model or recipe');
    expect((await collect({ out, resume: true }, { steps: 3 })).map((m) => m.step)).toEqual([3]);
    const record = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as { recipe: TrainRecipe };
    expect(record.recipe.steps).toBe(3);
  }));

it('refuses data with more classes than the model knows', async () => {
  const many = { ...data, classes: Array.from({ length: classes + 1 }, String) };
  await expect(collect({ data: many })).rejects.toThrow(`The data has ${classes + 1} classes`);
});
