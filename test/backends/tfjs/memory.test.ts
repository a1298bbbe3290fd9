import { expect, it } from '@jest/globals';
import { measureTfjs } from '../../../bench/memory/measure';
import type { Optimizer, Recompute, TrainRecipe } from '../../../src/compiler/recipe/index';
import { compileModel } from '../../support/compile';

const adamw: Optimizer = { kind: 'adamw', rate: 1e-4, betas: [0.9, 0.999], eps: 1e-8, decay: 0 };
const muon: Optimizer = { kind: 'muon', rate: 1e-3, momentum: 0.95, steps: 5, betas: [0.9, 0.95], eps: 1e-8, decay: 0 };
const came: Optimizer = { kind: 'came', rate: 1e-4, betas: [0.9, 0.99, 0.999], eps: [1e-30, 1e-16], clip: 1, decay: 0 };

function recipe(optimizer: Optimizer, recompute: Recompute): TrainRecipe {
  return {
    name: 'tiny',
    model: 'tiny',
    data: { kind: 'mnist' },
    objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
    optimizer,
    recompute,
    warmup: 0,
    clip: null,
    ema: 0.9,
    labelDrop: 0.1,
    precision: 'f32',
    batch: 6,
    steps: 1,
    seed: 0,
    phases: [],
    checkpoint: 1,
  };
}

const small = { size: '16x16', patch: '4', width: '32', heads: '2', depth: '2', pixel_width: '8', pixel_depth: '1' };

// Kernels of tfjs make some temporaries of their own, such as transposed operands.
it.each([
  ['class', 'specs/pixeldit.weft', 'PixelDiT', { ...small, classes: '4' }, muon],
  [
    'text, masked',
    'specs/pixeldit-t2i.weft',
    'PixelDiT_T2I',
    { ...small, attn_width: '32', attn_heads: '2', text_width: '16', text_length: '5', text_mask: 'true' },
    adamw,
  ],
  [
    'windowed pixels',
    'examples/windowed-pixels.weft',
    'LocalPixels',
    { size: '32x32', patch: '8', width: '32', heads: '2', depth: '2', compaction: '16:1' },
    came,
  ],
] as const)('predicts within 15 %% what training holds: %s', async (_, file, name, settings, optimizer) => {
  const model = compileModel(file, name, settings);
  const [plain, recomputed] = [
    await measureTfjs(model, recipe(optimizer, 'none')),
    await measureTfjs(model, recipe(optimizer, 'blocks')),
  ];
  for (const { predicted, measured } of [plain, recomputed]) {
    expect(predicted / measured).toBeGreaterThan(0.85);
    expect(predicted / measured).toBeLessThan(1.15);
  }
  expect(recomputed.measured).toBeLessThan(plain.measured);
});
