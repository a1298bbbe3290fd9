import { expect, it } from '@jest/globals';
import { memoryOf } from '../../../src/compiler/report/memory';
import { tinyModel } from '../../support/tiny-model';

const model = tinyModel();
const parameters = model.weights.reduce((sum, w) => sum + (w.shape as number[]).reduce((a, b) => a * b, 1), 0);

it('holds weights, gradients, two moments and averages in f32 at any precision', () => {
  for (const precision of ['f32', 'bf16'] as const) {
    expect(memoryOf(model, { precision })).toMatchObject({
      weights: 4 * parameters,
      gradients: 4 * parameters,
      optimizer: 8 * parameters,
      ema: 4 * parameters,
    });
  }
});

it('grows activations in proportion to the batch', () => {
  const one = memoryOf(model, { batch: 1 }).activations;
  expect(memoryOf(model, { batch: 8 }).activations).toBe(8 * one);
});

it('counts every forward result that the backward pass reads, once', () => {
  // Per image, in elements of f32: tokens 4·8 (norm, and its weight's gradient), square mean + eps and its root 4 each at
  // most, normed tokens in up to two forms 2·32, q scaled, k, v 3·32, softmax 16, attention result 32, block output 32,
  // condition before and after SiLU and its sigmoid 3·8, gate 8, velocity error 48. Inputs are not counted.
  const { activations } = memoryOf(model);
  expect(activations).toBeGreaterThanOrEqual(4 * (32 + 3 * 32 + 16 + 32 + 32 + 8 + 8 + 48));
  expect(activations).toBeLessThanOrEqual(4 * (32 + 8 + 2 * 32 + 3 * 32 + 16 + 32 + 32 + 3 * 8 + 8 + 48));
});

it('needs less where blocks are computed again', () => {
  const full = memoryOf(model);
  expect(full.activationsRecomputed).toBeLessThan(full.activations);
  expect(full.total).toBe(5 * full.weights + full.activations);
});
