import { expect, it } from '@jest/globals';
import type { Optimizer, TrainRecipe } from '../../src/compiler/recipe/index';
import { normalDraws } from '../../src/compiler/ops/philox';
import type { TrainingData } from '../../src/train/batches';
import { isNativeAvailable } from '../../src/setup/native';
import { train } from '../../src/train/train';
import { conventionsOf } from '../../src/compiler/lower/conventions';
import type { ModelGraph } from '../../src/compiler/lower/model';
import { classes, tinyModel } from '../support/tiny-model';

const optimizers: readonly Optimizer[] = [
  { kind: 'came', rate: 2e-2, betas: [0.9, 0.999, 0.9999], eps: [1e-30, 1e-16], clip: 1, decay: 0 },
  { kind: 'muon', rate: 2e-2, momentum: 0.95, steps: 5, decay: 0, betas: [0.9, 0.95], eps: 1e-8 },
];
const names = Array.from({ length: classes }, (_, i) => `class ${i}`);
const draws = (stream: number, count: number): Float32Array => Float32Array.from(normalDraws([1, 1], stream, count));

/** The same four images at every step, with the encoder's tokens of each. */
const data: TrainingData = {
  classes: names,
  count: 4,
  batch: async () => ({
    x0: { shape: [4, 3, 4, 4], dtype: 'f32', data: draws(0, 192) },
    y: { shape: [4], dtype: 'i32', data: Int32Array.of(0, 1, 2, 3) },
    teacher: { shape: [4, 4, 6], dtype: 'f32', data: draws(1, 96) },
  }),
};

const backends = isNativeAvailable() ? (['tfjs', 'tensorflow'] as const) : (['tfjs'] as const);
const cases = backends.flatMap((backend) =>
  optimizers.map((optimizer) => ({ backend, optimizer, kind: optimizer.kind })),
);

it.each(cases)(
  'learns with $kind on $backend, aligned with an encoder, predicting the clean image',
  async ({ backend, optimizer }) => {
    const recipe: TrainRecipe = {
      name: 'tiny',
      model: 'Tiny',
      data: { kind: 'mnist' },
      objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 }, predict: 'x0' },
      optimizer,
      align: { kind: 'repa', at: 'block', teacher: 'encoder.onnx', hidden: 16, weight: 0.5, width: 6, tokens: null },
      warmup: 0,
      clip: 1,
      ema: 0.9,
      labelDrop: 0,
      precision: 'f32',
      batch: 4,
      steps: 80,
      seed: 3,
      phases: [],
      checkpoint: 1000,
    };
    const losses: number[] = [];
    for await (const { loss } of train(predictingClean(), recipe, { data, backend })) losses.push(loss);
    const average = (from: number): number => losses.slice(from, from + 10).reduce((a, b) => a + b) / 10;
    expect(average(70)).toBeLessThan(0.8 * average(0));
  },
);

function predictingClean(): ModelGraph {
  const model = tinyModel();
  const conventions = conventionsOf([{ name: 'x0', predicts: null }]);
  return { ...model, conventions, outputs: { x0: model.outputs.velocity } };
}
