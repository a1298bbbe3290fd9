/** The largest micro-batch that fits, the cheapest layout, and what would fit where none does. */
import { expect, it } from '@jest/globals';
import { WeftError } from '../../src/compiler/diagnostics/diagnostic';
import type { Recompute } from '../../src/compiler/recipe/index';
import type { StepWork } from '../../src/compiler/report/step-work';
import type { Demand } from '../../src/layouts/demand';
import { machineOf } from '../../src/layouts/machine';
import { inWords, planLayouts } from '../../src/layouts/plan-layouts';

/** Each image holds 4 GB, or 1 GB where blocks are recomputed at a third more time; state takes 20 GB. */
function work(recompute: Recompute, images: number): StepWork {
  const kernel = { half: true, bytes: 0, ofState: false } as const;
  const held = [images * (recompute === 'none' ? 4e9 : 1e9)];
  const backward = recompute === 'none' ? 2e14 : 3e14;
  return {
    kernels: [
      { ...kernel, pass: 'forward', products: 1e14 * images },
      { ...kernel, pass: 'backward', products: backward * images },
    ],
    held,
    heldSharded: held,
    products: 3e14 * images,
  };
}

const demand: Demand = {
  precision: 'bf16',
  state: { weights: 4e9, gradients: 4e9, optimizer: 8e9, averages: 4e9, teacher: 0 },
  units: { all: 1e9, root: 1e7, largestBlock: 1e7, trained: 1e9, largestTrainedBlock: 1e7 },
  micro: work,
  teacher: () => null,
  update: { pass: 'backward', products: 0, half: false, bytes: 4e10, ofState: true },
  imageProducts: 3e14,
};

it('keeps the batch, in as few micro-batches as fit', () => {
  const { layouts, best } = planLayouts(demand, { batch: 256 }, machineOf({ device: 'h100', devices: 8 }));
  expect(layouts.map((l) => [inWords(l), l.images, l.accumulate])).toEqual([
    ['replicate', 8, 4],
    ['replicate, blocks recomputed', 32, 1],
    ['shard, weights kept', 16, 2],
    ['shard, weights kept, blocks recomputed', 32, 1],
    ['shard', 16, 2],
    ['shard, blocks recomputed', 32, 1],
  ]);
  // The update is a small part of the step, so that replicated and sharded layouts cost the same within 5 %.
  expect(best).toBe(layouts[0]);
});

it('takes a layout that is cheaper by more, and one that is the only one to fit', () => {
  const slow = { ...demand, update: { ...demand.update, bytes: 4e13 } };
  const machine = machineOf({ device: 'h100', devices: 8 });
  expect(inWords(planLayouts(slow, { batch: 256 }, machine).best!)).toBe('shard, weights kept');
  const small = machineOf({ device: 'h100', devices: 8, memory: 4 });
  const { layouts, best } = planLayouts(demand, { batch: 256 }, small);
  expect(layouts.map((l) => l.fits)).toEqual([false, false, false, false, false, true]);
  expect([inWords(best!), best!.images]).toEqual(['shard, blocks recomputed', 1]);
  const [one] = planLayouts(demand, { batch: 4 }, machineOf({ device: 'h100', devices: 1 })).layouts;
  expect([inWords(one), one.images, one.traffic.within]).toEqual(['one device', 4, 0]);
});

it('says what would fit where nothing does', () => {
  const { best, ways, layouts } = planLayouts(
    demand,
    { batch: 256 },
    machineOf({ device: 'h100', devices: 2, memory: 5 }),
  );
  expect(best).toBeNull();
  expect(layouts.every((l) => l.images === 1)).toBe(true);
  // 20 GB by eight, 0.14 GB of blocks at work, 1 GB for an image.
  expect(ways).toEqual(['--devices 8 (shard, blocks recomputed: 3.39 GiB each)', '--device rtx-4090 (24 GB each)']);
  const huge = { ...demand, micro: (): StepWork => ({ ...work('none', 1), held: [1e15], heldSharded: [1e15] }) };
  expect(planLayouts(huge, { batch: 256 }, machineOf({ device: 'h100', devices: 2 })).ways).toEqual([]);
});

it('refuses a batch that devices cannot share, with what they can', () => {
  const refused = (batch: number, devices: number): string => {
    try {
      planLayouts(demand, { batch }, machineOf({ device: 'h100', devices }));
    } catch (error) {
      if (error instanceof WeftError) return `${error.message} ${error.hint}`;
    }
    return 'none';
  };
  expect(refused(256, 24)).toBe(
    'A batch of 256 images cannot be shared evenly by 24 devices. Try --devices 16 or 32, or --batch 240 or 264.',
  );
  expect(refused(4, 8)).toContain('Try --devices 4, or --batch 8.');
});
