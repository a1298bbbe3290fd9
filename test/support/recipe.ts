/** A short recipe for models of tests, which give only what matters to them. */
import type { TrainRecipe } from '../../src/compiler/recipe/index';

export function shortRecipe(changes: Partial<TrainRecipe> = {}): TrainRecipe {
  return {
    name: 'r',
    model: 'M',
    data: { kind: 'mnist' },
    objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
    optimizer: { kind: 'adamw', rate: 0.02, betas: [0.9, 0.999], eps: 1e-8, decay: 0 },
    warmup: 0,
    clip: 1,
    ema: null,
    labelDrop: 0,
    precision: 'f32',
    batch: 4,
    steps: 2,
    seed: 1,
    phases: [],
    checkpoint: 10,
    ...changes,
  };
}
