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

/** A recipe whose batch of eight devices share, with all that must not depend on their number: clipping, averages, dropped labels. */
export function sharedRecipe(steps: number): TrainRecipe {
  return shortRecipe({
    model: 'Tiny',
    objective: { kind: 'rectified_flow', time: { kind: 'logit_normal', mean: 0, std: 1, shift: 1 } },
    optimizer: { kind: 'adamw', rate: 1e-2, betas: [0.9, 0.999], eps: 1e-8, decay: 0.1 },
    clip: 0.5,
    ema: 0.9,
    labelDrop: 0.4,
    batch: 8,
    steps,
    seed: 7,
    checkpoint: 5,
  });
}
