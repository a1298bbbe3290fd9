import { expect, it } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { openSession } from '../../src/backends/open';
import type { TrainRecipe } from '../../src/compiler/recipe/index';
import { normalDraws } from '../../src/compiler/ops/philox';
import { trainStep } from '../../src/compiler/programs/train-step';
import { validateStep } from '../../src/compiler/programs/validate';
import { openSafetensors } from '../../src/data/safetensors';
import { withTemporaryFolder } from '../../src/files/atomic';
import type { TrainingData } from '../../src/train/batches';
import { MetricsLog, readMetrics } from '../../src/train/metrics';
import { runDigest } from '../../src/train/run-folder';
import { scalarTensor } from '../../src/train/tensors';
import { train, type TrainOptions } from '../../src/train/train';
import { openValidation } from '../../src/train/validation';
import { failureOf } from '../support/failure';
import { classes, tinyModel } from '../support/tiny-model';

const model = tinyModel();
const recipe: TrainRecipe = {
  name: 'watched',
  model: 'Tiny',
  data: { kind: 'mnist' },
  objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-2, betas: [0.9, 0.999], eps: 1e-8, decay: 0 },
  warmup: 0,
  clip: null,
  ema: 0.5,
  labelDrop: 0.5,
  precision: 'f32',
  batch: 2,
  steps: 5,
  seed: 1,
  phases: [],
  checkpoint: 2,
  validate: { kind: 'held_out', every: 2, data: { kind: 'mnist' }, images: 4 },
};
const dataOf = (stream: number): TrainingData => ({
  classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
  count: 100,
  batch: async (step) => ({
    x0: { shape: [2, 3, 4, 4], dtype: 'f32', data: Float32Array.from(normalDraws([step, 0], stream, 96)) },
    y: { shape: [2], dtype: 'i32', data: Int32Array.of(0, step % classes) },
  }),
});
const [data, validation] = [dataOf(0), dataOf(9)];

async function lossesOf(out: string, options: Partial<TrainOptions> = {}, changes: Partial<TrainRecipe> = {}) {
  const found: [number, number][] = [];
  const steps = train(model, { ...recipe, ...changes }, { data, validation, out, backend: 'tfjs', ...options });
  for await (const m of steps) if (m.validationLoss !== undefined) found.push([m.step, m.validationLoss]);
  return found;
}

it('looks at held-out images at its steps and the last, changes no step by it, and keeps the best weights', () =>
  withTemporaryFolder(async (folder) => {
    const out = join(folder, 'a');
    const losses = await lossesOf(out);
    expect(losses.map(([step]) => step)).toEqual([2, 4, 5]);
    const logged = await readMetrics(join(out, 'metrics.jsonl'));
    expect(logged.flatMap((m) => (m.validationLoss === undefined ? [] : [[m.step, m.validationLoss]]))).toEqual(losses);
    const [bestStep, best] = losses.reduce((a, b) => (b[1] < a[1] ? b : a));
    const file = await openSafetensors(join(out, 'best.safetensors'));
    expect(file.metadata).toMatchObject({ steps: String(bestStep), validation_loss: String(best), weights: 'ema' });
    await file.close();
    const { validate: _, ...without } = recipe;
    const plain = train(model, without, { data, out: join(folder, 'b'), backend: 'tfjs' });
    const trained: number[] = [];
    for await (const { loss } of plain) trained.push(loss);
    expect(trained).toEqual(logged.map((m) => m.loss));
    expect(runDigest(model, recipe)).toBe(runDigest(model, without));
  }));

it('knows the best so far when it goes on', () =>
  withTemporaryFolder(async (folder) => {
    const out = join(folder, 'a');
    await lossesOf(out, {}, { steps: 2 });
    // As if step 2 had been better than any step can be.
    const logged = (await readMetrics(join(out, 'metrics.jsonl'))).at(-1)!;
    const log = new MetricsLog(join(out, 'metrics.jsonl'));
    await log.add({ ...logged, validationLoss: 0 });
    await log.flush();
    await lossesOf(out, { resume: true });
    const file = await openSafetensors(join(out, 'best.safetensors'));
    expect(file.metadata.steps).toBe('2');
    await file.close();
  }));

it('is the loss of a train step without drops, with the averaged weights', async () => {
  const settings = { ...recipe, labelDrop: 0 };
  const programs = [trainStep(model, settings), validateStep(model, recipe)];
  const session = await openSession('reference', programs, { bindings: { batch: 2 }, seed: 3 });
  const inputs = { ...(await data.batch(0)), seed: scalarTensor(1, 'i32') };
  const still = { ...inputs, draw: scalarTensor(0, 'i32') };
  const { loss } = await session.run('validate_step', still);
  const step = { ...inputs, rate: scalarTensor(1e-2), clip: scalarTensor(Infinity) };
  // Before the first step the averages are the weights, and its draws are those of the number 0.
  expect((await session.run('train_step', step)).loss.data[0]).toBe(loss.data[0]);
  const after = await session.run('validate_step', still);
  expect(after.loss.data[0]).not.toBe(loss.data[0]);
  const names = model.weights.map((w) => w.leaf.name);
  const averages = await session.get(names.map((name) => `ema/${name}`));
  await session.set(Object.fromEntries(names.map((name) => [name, averages[`ema/${name}`]])));
  expect((await session.run('validate_step', still)).loss.data[0]).toBe(after.loss.data[0]);
  await session.dispose();
});

it('refuses held-out images of other classes, and fewer than are asked for', () =>
  withTemporaryFolder(async (folder) => {
    for (const label of ['a', 'b']) {
      mkdirSync(join(folder, 'images', label), { recursive: true });
      const image = sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } });
      await image.png().toFile(join(folder, 'images', label, '0.png'));
    }
    const source = { kind: 'folder', path: join(folder, 'images'), flip: false } as const;
    const held: TrainRecipe = { ...recipe, validate: { kind: 'held_out', every: 2, data: source, images: 4 } };
    const failure = (names: readonly string[]): Promise<string> =>
      failureOf(() => openValidation(model, held, { classes: names }, { onWarning: () => {} }));
    expect(await failure(['b', 'a'])).toMatch(/have the classes a, b; the run began with b, a/);
    expect(await failure(['a', 'b'])).toMatch(/have 2 images, and 4 are asked for[^]*images: 2/);
    const told = async (batch: number, images: number): Promise<readonly string[]> => {
      const told: string[] = [];
      const like: TrainRecipe = { ...held, batch, validate: { kind: 'held_out', every: 2, data: source, images } };
      const opened = await openValidation(model, like, { classes: ['a', 'b'] }, { onWarning: (m) => told.push(m) });
      await opened?.close();
      return told.filter((line) => line.includes('held-out'));
    };
    expect(await told(2, 2)).toEqual([]);
    expect(await told(2, 1)).toEqual([
      'The loss on held-out images is that of 2, not 1: batches of 2 are taken whole. Write `images: 2`, or another multiple of 2.',
    ]);
    expect(await told(4, 2)).toEqual([
      expect.stringContaining('is that of 4, not 2, some of them more than once, since there are 2:'),
    ]);
  }));
