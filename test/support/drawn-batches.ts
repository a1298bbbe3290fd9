/** Training data for `tinyModel` without files: what a step gets follows from its number. */
import { normalDraws } from '../../src/compiler/ops/philox';
import type { TrainingData } from '../../src/train/batches';
import { classes } from './tiny-model';

/** Batches of as many images, `[batch, 3, 4, 4]`, with a class each. */
export function drawnBatches(batch: number): TrainingData {
  return {
    classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
    count: 100,
    batch: async (step) => ({
      x0: { shape: [batch, 3, 4, 4], dtype: 'f32', data: Float32Array.from(normalDraws([step, 0], 0, batch * 48)) },
      y: { shape: [batch], dtype: 'i32', data: Int32Array.from({ length: batch }, (_, i) => (i * step) % classes) },
    }),
  };
}
