import { expect, it } from '@jest/globals';
import type { Optimizer } from '../../../src/compiler/recipe/index';
import { memoryOf } from '../../../src/compiler/report/memory';
import { checkFile } from '../../../src/compiler/compile';
import { compileModel, readSpec } from '../../support/compile';
import { tinyModel } from '../../support/tiny-model';

const model = tinyModel();
const sizes = model.weights.map((w) => w.shape as number[]);
const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const total = (shapes: readonly (readonly number[])[]): number => 4 * shapes.reduce((sum, s) => sum + product(s), 0);
const matrices = sizes.filter((s) => s.length === 2);
const others = sizes.filter((s) => s.length !== 2);

const adamw: Optimizer = { kind: 'adamw', rate: 1, betas: [0.9, 0.999], eps: 1e-8, decay: 0 };
const came: Optimizer = { kind: 'came', rate: 1, betas: [0.9, 0.99, 0.999], eps: [1e-30, 1e-16], clip: 1, decay: 0 };
const muon: Optimizer = { kind: 'muon', rate: 1, momentum: 0.95, steps: 5, betas: [0.9, 0.95], eps: 1e-8, decay: 0 };

it('counts the state that each optimiser really keeps, in f32 at any precision', () => {
  // Rows and columns of second moments and of unsteadiness.
  const factors = 4 * matrices.reduce((sum, [rows, columns]) => sum + 2 * (rows + columns), 0);
  // Tables are looked up in, so Muon takes them for no matrices.
  const table = total(model.weights.filter((w) => w.leaf.name.includes('table')).map((w) => w.shape as number[]));
  const expected = [
    [adamw, 2 * total(sizes)],
    [came, total(sizes) + factors + total(others)],
    [muon, total(matrices) + 2 * total(others) + table],
  ] as const;
  for (const precision of ['f32', 'bf16'] as const) {
    for (const [optimizer, state] of expected) {
      const { weights, gradients, ema, optimizer: found } = memoryOf(model, { precision, optimizer });
      expect([optimizer.kind, found]).toEqual([optimizer.kind, state]);
      expect([weights, gradients, ema]).toEqual([total(sizes), total(sizes), total(sizes)]);
    }
  }
});

it('holds no averages where the recipe keeps none', () => {
  const [some, none] = [memoryOf(model), memoryOf(model, { ema: null })];
  expect(none.ema).toBe(0);
  // Beside the averages, the two numbers they are mixed with.
  expect(some.total - none.total).toBe(some.ema + 8);
});

it('grows by the same for every further image', () => {
  // One over a batch of 1, 2 or 4 is a number that the step holds anyway: an edge between quarters of the time.
  const [three, six, twelve] = [3, 6, 12].map((batch) => memoryOf(model, { batch }).activations);
  expect(twelve - six).toBe(2 * (six - three));
});

it('keeps what the backward pass reads, and no more', () => {
  // Per image, in f32: the image and the clean one 2·48, the block's tokens 32 and their inverse norm 4, what products read
  // (image 48, normed 32, scaled q, k, v 3·32, softmax 16, its sums 4, gated sum 32), products (attention's 32, gate's 8) and the
  // condition (sum, sigmoid, SiLU 3·8), the loss's error 48.
  const [one, two] = [1, 2].map((batch) => memoryOf(model, { batch }).activations);
  const elements = (two - one) / 4;
  expect(elements).toBeGreaterThanOrEqual(48 + 32 + 3 * 32 + 16 + 32 + 32 + 8 + 8);
  expect(elements).toBeLessThanOrEqual(2 * 48 + 32 + 4 + 48 + 32 + 3 * 32 + 16 + 4 + 32 + 32 + 8 + 3 * 8 + 48);
});

it('needs less in half precision and less with blocks recomputed, and most op by op', () => {
  const settings = { size: '16x16', patch: '4', width: '64', heads: '4', depth: '4', pixel_depth: '2', classes: '4' };
  const pixeldit = compileModel('specs/pixeldit.weft', 'PixelDiT', settings);
  const full = memoryOf(pixeldit, { batch: 32 });
  const half = memoryOf(pixeldit, { batch: 32, precision: 'bf16' });
  expect(half.activations).toBeLessThan(full.activations);
  expect(full.activationsRecomputed).toBeLessThan(full.activations / 4);
  expect(full.totalRecomputed).toBeLessThan(full.total);
  expect(full.total).toBeLessThan(full.totalOpByOp);
  expect(memoryOf(pixeldit, { batch: 32, recompute: 'blocks' }).total).toBe(full.totalRecomputed);
});

it('never holds less than all variables and, at the end of the backward pass, all gradients', () => {
  const { weights, gradients, optimizer, ema, total: peak } = memoryOf(model);
  expect(peak).toBeGreaterThanOrEqual(weights + gradients + optimizer + ema);
});

it('counts a step whose objective and conditions are of the language, at the batch of its recipe', () => {
  const text = `
import { mean_flow } from "std/objectives"
model M(size: Size = 4x4) {
  input noisy: image(size)
  input time:  time(noise: 0, data: 1)
  input until: scalar
  input hole:  image(size, channels: 1)
  output velocity: image(size) = noisy * time * param([1], init: one) @scale + until * hole
}
train own of M {
  data        = mnist()
  given until = normal(0, 1) * uniform(0, 1)
  given hole  = random_mask(0.1, 0.5) * normal(0, 1)
  objective   = mean_flow
  optimizer   = adamw(rate: 1e-3)
  batch       = 8
  steps       = 1
}`;
  const spec = checkFile('case.weft', (path) => (path === 'case.weft' ? text : readSpec(path)));
  const { model } = spec.elaborate('M');
  const [recipe] = spec.recipes;
  expect(memoryOf(model!, { ...recipe, batch: 8 }).total).toBeGreaterThan(
    memoryOf(model!, { ...recipe, batch: 4 }).total,
  );
});
