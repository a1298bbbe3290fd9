import { expect, it } from '@jest/globals';
import type { TrainRecipe } from '../../src/compiler/recipe/index';
import { demandOf } from '../../src/layouts/demand';
import { layoutMemory } from '../../src/layouts/layout';
import { parallelOf } from '../../src/train/parallel';
import { failureOf } from '../support/failure';
import { tinyModel } from '../support/tiny-model';

const model = tinyModel();
const of: TrainRecipe = {
  name: 'tiny',
  model: 'Tiny',
  data: { kind: 'mnist' },
  objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-2, betas: [0.9, 0.999], eps: 1e-8, decay: 0.1 },
  warmup: 0,
  clip: null,
  ema: 0.9,
  labelDrop: 0.1,
  precision: 'f32',
  batch: 64,
  steps: 1,
  seed: 0,
  phases: [],
  checkpoint: 1,
};

/** What is chosen where a device has so many bytes. */
function chosen(bytes: number, changes: Partial<typeof of> = {}): string {
  return parallelOf(model, { ...of, ...changes }, 4, { bytes, holder: 'each has' });
}

it('replicates where all state fits on each device, and shards where only a share does', async () => {
  const demand = demandOf(model, of);
  const [whole, share] = (['replicate', 'shard'] as const).map((parallel) => {
    const layout = { parallel, reshard: true, recompute: 'none', images: 16, accumulate: 1 } as const;
    return layoutMemory(layout, demand, { work: demand.micro('none', 16), devices: 4 }).total;
  });
  expect(share).toBeLessThan(whole);
  expect([chosen(whole), chosen(whole - 1), chosen(share)]).toEqual(['replicate', 'shard', 'shard']);
  const told = await failureOf(() => chosen(share - 1));
  expect(told).toMatch(/on 4 devices \(parallel = shard\) needs about .* on each; each has/);
  expect(told).toMatch(/What fits: accumulate = 8 in the recipe/);
  expect(await failureOf(() => chosen(whole - 1, { parallel: 'replicate' }))).toMatch(/What fits: parallel = shard/);
});

it('takes what the recipe says on one device', () => {
  expect(parallelOf(model, of, 1, null)).toBe('replicate');
});
