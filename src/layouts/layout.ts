/** One way to divide a training step among devices: the memory of each, the traffic between them, and the least time of a step. */
import type { Recompute } from '../compiler/recipe/index';
import type { Kernel, StepWork } from '../compiler/report/step-work';
import type { Demand } from './demand';
import type { Machine } from './machine';
import { gathered, noTraffic, reduced, scattered, sumOfTraffic, timesTraffic, type Traffic } from './traffic';

/**
 * `replicate`: every device has all state, and gradients are summed once a step (DDP). `shard`: each device has its share of the
 * state, and blocks are gathered when they are needed (FSDP2). `none`: there is one device.
 */
export type Parallel = 'none' | 'replicate' | 'shard';

export interface Layout {
  readonly parallel: Parallel;
  /** For `shard`: whether gathered weights are freed after the forward pass, and gathered again for the backward pass. */
  readonly reshard: boolean;
  readonly recompute: Recompute;
  /** Images that one device takes at a time. */
  readonly images: number;
  /** How many times a device takes that many images in a step. */
  readonly accumulate: number;
}

/** Bytes on one device. */
export interface LayoutMemory {
  readonly weights: number;
  readonly gradients: number;
  readonly optimizer: number;
  readonly averages: number;
  readonly teacher: number;
  /** For `shard`: the whole blocks in use, in addition to the shares. */
  readonly gathered: number;
  /** All other memory at its peak. */
  readonly activations: number;
  readonly total: number;
}

/** Seconds of a step, including communication that is not hidden. */
export interface LayoutTime {
  readonly forward: number;
  readonly backward: number;
  readonly update: number;
  /** The part of it that devices spend waiting for links. */
  readonly waiting: number;
  readonly step: number;
}

export interface LayoutFigures extends Layout {
  readonly memory: LayoutMemory;
  readonly fits: boolean;
  /** Traffic of one device in a step. */
  readonly traffic: Traffic;
  readonly time: LayoutTime;
  /** Model FLOPs per second as a share of the devices' peak, from 0 to 1; recomputed work counts once. */
  readonly mfu: number;
}

export function figuresOf(layout: Layout, demand: Demand, machine: Machine): LayoutFigures {
  const work = demand.micro(layout.recompute, layout.images);
  const memory = layoutMemory(layout, demand, { work, devices: machine.devices });
  const moved = movedIn(layout, demand, machine);
  const time = timeOf(layout, demand, { work, moved, machine });
  const rate = machine.device.tflops[demand.precision] * 1e12;
  return {
    ...layout,
    memory,
    fits: memory.total <= machine.memory,
    traffic: sumOfTraffic([timesTraffic(sumOfTraffic([moved.forward, moved.backward]), layout.accumulate), moved.once]),
    time,
    mfu: (demand.imageProducts * layout.images * layout.accumulate) / (time.step * rate),
  };
}

/** Bytes per weight in the precision of the matrix products. */
function weightBytes({ precision }: Demand): number {
  return precision === 'f32' ? 4 : 2;
}

/** What one of `devices` holds at the fullest moment; `work` is that of the layout's images at a time. */
export function layoutMemory(
  { parallel, reshard, images }: Layout,
  demand: Demand,
  { work, devices }: { readonly work: StepWork; readonly devices: number },
): LayoutMemory {
  const { teacher, ...kept } = demand.state;
  const share = parallel === 'shard' ? 1 / devices : 1;
  const state = {
    weights: kept.weights * share,
    gradients: kept.gradients * share,
    optimizer: kept.optimizer * share,
    averages: kept.averages * share,
    teacher,
  };
  const atWork = parallel === 'shard' ? gatheredBytes(demand, reshard) : 0;
  // The teacher finishes before the model begins, so their peaks do not add up.
  const activations = Math.max(
    ...(parallel === 'shard' ? work.heldSharded : work.held),
    ...(demand.teacher(images)?.held ?? []),
  );
  const total = Object.values(state).reduce((a, b) => a + b, atWork + activations);
  return { ...state, gathered: atWork, activations, total };
}

/**
 * Bytes that FSDP2 holds in addition to the shares: the weights outside blocks; those of the current block and of the next one,
 * which is fetched ahead (or of all blocks, if they are kept); and the gradients of two blocks on their way to their owners, in f32.
 */
function gatheredBytes(demand: Demand, reshard: boolean): number {
  const { all, root, largestBlock, largestTrainedBlock } = demand.units;
  const whole = Math.min(all, reshard ? root + 2 * largestBlock : all);
  return whole * weightBytes(demand) + 2 * largestTrainedBlock * 4;
}

/** Bytes that one device receives from others: in each micro-batch forward and backward, and once a step. */
interface Moved {
  readonly forward: Traffic;
  readonly backward: Traffic;
  readonly once: Traffic;
}

function movedIn({ parallel, reshard }: Layout, demand: Demand, machine: Machine): Moved {
  const gradients = demand.state.gradients;
  if (parallel === 'none') return { forward: noTraffic, backward: noTraffic, once: noTraffic };
  if (parallel === 'replicate') return { forward: noTraffic, backward: noTraffic, once: reduced(gradients, machine) };
  const { all, root } = demand.units;
  const bytes = weightBytes(demand);
  const again = reshard ? gathered((all - root) * bytes, machine) : noTraffic;
  return {
    forward: gathered(all * bytes, machine),
    backward: sumOfTraffic([again, scattered(gradients, machine)]),
    once: noTraffic,
  };
}

/**
 * A kernel takes as long as its matrix products or its memory traffic, whichever is longer. Communication in a pass is hidden
 * by the pass, up to its length: gathered blocks by the pass that needs them, gradients by the last backward pass.
 */
function timeOf(
  { parallel, images, accumulate }: Layout,
  demand: Demand,
  { work, moved, machine }: { readonly work: StepWork; readonly moved: Moved; readonly machine: Machine },
): LayoutTime {
  const share = parallel === 'shard' ? 1 / machine.devices : 1;
  const secondsOf = (kernels: readonly Kernel[]): number =>
    kernels.reduce((sum, k) => sum + kernelSeconds(k, machine, share), 0);
  const pass = (name: Kernel['pass']): number => secondsOf(work.kernels.filter((k) => k.pass === name));
  const teacher = secondsOf(demand.teacher(images)?.kernels ?? []);
  const [forward, backward] = [pass('forward'), pass('backward')];
  const [linksForward, linksBackward, linksOnce] = [moved.forward, moved.backward, moved.once].map((t) =>
    linkSeconds(t, machine),
  );
  const waitForward = accumulate * Math.max(0, linksForward - forward);
  const waitBackward = accumulate * Math.max(0, linksBackward - backward) + Math.max(0, linksOnce - backward);
  const times = {
    forward: accumulate * (forward + teacher) + waitForward,
    backward: accumulate * backward + waitBackward,
    update: secondsOf([demand.update]),
  };
  return { ...times, waiting: waitForward + waitBackward, step: times.forward + times.backward + times.update };
}

/** Seconds of one kernel; `share` is the part of work on state alone that one device does. */
function kernelSeconds(k: Kernel, { device, reach }: Machine, share: number): number {
  const rate = (k.half ? device.tflops.bf16 : device.tflops.f32) * 1e12;
  const seconds = Math.max(k.products / rate, k.bytes / (device.bandwidth * 1e9));
  return ((k.ofState ? share : 1) * seconds) / reach;
}

/** Seconds of communication; links inside a node and between nodes work at the same time. */
function linkSeconds({ within, between }: Traffic, { link, network, reach }: Machine): number {
  return Math.max(within / link, network === null ? 0 : between / network) / reach;
}
