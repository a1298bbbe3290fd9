/** Memory, traffic and time of layouts in closed form, on a demand of round numbers. */
import { expect, it } from '@jest/globals';
import type { Kernel, StepWork } from '../../src/compiler/report/step-work';
import type { Demand } from '../../src/layouts/demand';
import { figuresOf, type Layout } from '../../src/layouts/layout';
import { machineOf } from '../../src/layouts/machine';

const kernel = { products: 0, half: true, bytes: 0, ofState: false } as const;

/** 1 TFLOP forward and 2 backward for each image, 1 GB held for each, 100 M weights of which a block has 10 M. */
function work(images: number): StepWork {
  const kernels: Kernel[] = [
    { ...kernel, pass: 'forward', products: 1e12 * images },
    { ...kernel, pass: 'backward', products: 2e12 * images },
  ];
  return { kernels, held: [0, 1e9 * images + 2e8], heldSharded: [0, 1e9 * images], products: 3e12 * images };
}

const demand: Demand = {
  precision: 'bf16',
  state: { weights: 4e8, gradients: 4e8, optimizer: 8e8, averages: 4e8, teacher: 0 },
  units: { all: 1e8, root: 1e7, largestBlock: 1e7, trained: 1e8, largestTrainedBlock: 1e7 },
  micro: (_, images) => work(images),
  teacher: () => null,
  update: { ...kernel, pass: 'backward', half: false, bytes: 3.35e9, ofState: true },
  imageProducts: 3e12,
};

const machine = machineOf({ device: 'h100', devices: 8 });
const layout: Layout = { parallel: 'replicate', reshard: false, recompute: 'none', images: 4, accumulate: 1 };
const figures = (changes: Partial<Layout>, asked: Partial<Demand> = {}, on = machine): ReturnType<typeof figuresOf> =>
  figuresOf({ ...layout, ...changes }, { ...demand, ...asked }, on);

it('holds all state where it is replicated, its share and the blocks at work where it is sharded', () => {
  expect(figures({}).memory.total).toBe(2e9 + 4.2e9);
  const kept = figures({ parallel: 'shard' }).memory;
  // All weights in bf16, and the f32 gradients of two blocks.
  expect([kept.gathered, kept.total]).toEqual([2e8 + 8e7, 2e9 / 8 + 2.8e8 + 4e9]);
  const resharded = figures({ parallel: 'shard', reshard: true }).memory;
  expect(resharded.gathered).toBe(2 * (1e7 + 2e7) + 8e7);
  expect(figures({ parallel: 'none' }, {}, machineOf({ device: 'h100', devices: 1 })).memory.total).toBe(6.2e9);
});

it('moves gradients once a step, and sharded weights in each micro-batch', () => {
  expect(figures({ accumulate: 3 }).traffic).toEqual({ within: (2 * 4e8 * 7) / 8, between: 0 });
  const each = (reshard: boolean): number => figures({ parallel: 'shard', reshard, accumulate: 3 }).traffic.within;
  expect(each(false)).toBeCloseTo((3 * (2e8 + 4e8) * 7) / 8, 3);
  expect(each(true)).toBeCloseTo((3 * (2e8 + 1.8e8 + 4e8) * 7) / 8, 3);
  expect(figures({ parallel: 'shard' }, { precision: 'f32' }).traffic.within).toBeCloseTo((8e8 * 7) / 8, 3);
});

it('takes what products or memory traffic need, whichever is longer, and divides the update of shards', () => {
  const { time, mfu } = figures({ accumulate: 2 });
  expect(time.forward).toBeCloseTo((2 * 4e12) / 989.4e12, 12);
  expect(time.backward).toBeCloseTo((2 * 8e12) / 989.4e12, 12);
  expect([time.update, time.waiting]).toEqual([1e-3, 0]);
  expect(mfu).toBeCloseTo((2 * 12e12) / 989.4e12 / time.step, 12);
  expect(figures({ parallel: 'shard' }).time.update).toBeCloseTo(1e-3 / 8, 12);
  const slow = figures(
    {},
    { micro: () => ({ ...work(4), kernels: [{ ...kernel, pass: 'forward', bytes: 3.35e12 }] }) },
  );
  expect(slow.time.forward).toBeCloseTo(1, 12);
});

it('waits for links only as far as they take longer than their pass', () => {
  const cards = machineOf({ device: 'rtx-4090', devices: 8, memory: 80 });
  const forward = 1e12 / 165.2e12;
  const sum = (2 * 4e8 * 7) / 8 / 32e9;
  const { time } = figures({ images: 1 }, {}, cards);
  expect(time.waiting).toBeCloseTo(sum - 2 * forward, 12);
  expect(time.step).toBeCloseTo(forward + sum + time.update, 12);
  expect(figures({ images: 4 }, {}, cards).time.waiting).toBe(0);
});

it('takes the longer of links within and between nodes, and what is reached of all', () => {
  const far = machineOf({ device: 'h100', devices: 16, nodes: 2, network: 8, reach: 0.5 });
  // 8 Gb/s for a node are 0.125 GB/s for each of its eight devices.
  const between = (2 * 4e8) / 2 / 8 / 0.125e9 / 0.5;
  const { time } = figures({ images: 1 }, {}, far);
  expect(time.waiting).toBeCloseTo(between - (2 * 2e12) / 989.4e12, 12);
});

it('runs a teacher before each micro-batch, in memory that the model uses after it', () => {
  const teacher = (images: number): StepWork => ({ ...work(images), held: [9e9], products: 0 });
  const found = figures({}, { teacher, state: { ...demand.state, teacher: 1e9 } });
  expect(found.memory.total).toBe(2e9 + 1e9 + 9e9);
  expect(found.time.forward).toBeCloseTo((4 + 12) / 989.4, 12);
});
