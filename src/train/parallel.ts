/** How the devices of a run hold its state: as the recipe says, or by the memory that a step is predicted to take on each. */
import { roomOf, type Room } from '../backends/room';
import type { Parallel } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import { trainStep } from '../compiler/programs/train-step';
import type { Recompute, TrainRecipe } from '../compiler/recipe/index';
import { bytes } from '../compiler/report/render';
import { demandOf } from '../layouts/demand';
import { layoutMemory } from '../layouts/layout';
import { hasNvidiaGpu } from '../setup/find-tensorflow';
import { gpuMemory } from '../setup/gpu-memory';
import { partsOnDevice } from './device-parts';
import { atMost } from './require-room';

/** Refuses a step that no device has room for, with settings that would fit; `room` is that of one device. */
export function parallelOf(
  model: ModelGraph,
  recipe: TrainRecipe,
  devices: number,
  room: Room | null = roomOfOne(devices),
): Parallel {
  const { parallel: asked = 'auto' } = recipe;
  const simplest = asked === 'auto' ? 'replicate' : asked;
  if (devices === 1 || !room) return simplest;
  const images = recipe.batch / devices / partsOnDevice(recipe, devices);
  // Most models need no closer look, which takes seconds.
  if (atMost(trainStep(model, recipe), { ...recipe, batch: images, accumulate: 1 }) <= room.bytes) return simplest;
  const need = needs(model, recipe);
  const wanted: readonly Parallel[] = asked === 'auto' ? ['replicate', 'shard'] : [asked];
  const found = wanted.find((parallel) => need({ parallel, devices }) <= room.bytes);
  if (found) return found;
  const parallel = wanted[wanted.length - 1];
  throw new WeftError(
    `Training ${model.name} on ${devices} devices (parallel = ${parallel}) needs about ${bytes(need({ parallel, devices }))} on each; ${room.holder} ${bytes(room.bytes)}.`,
    waysOut(recipe, devices, (way) => need({ parallel: 'shard', devices, ...way }) <= room.bytes),
    3,
  );
}

/** A way to run a recipe; what is absent is as the recipe has it. */
interface Way {
  readonly parallel: Parallel;
  readonly devices: number;
  readonly accumulate?: number;
  readonly recompute?: Recompute;
}

/** Bytes on one device, by the closed forms of `weft plan`. */
function needs(model: ModelGraph, recipe: TrainRecipe): (way: Way) => number {
  const demand = demandOf(model, recipe);
  return ({ parallel, devices, ...changes }) => {
    const changed = { ...recipe, ...changes };
    const { recompute = 'none', batch } = changed;
    const accumulate = partsOnDevice(changed, devices);
    const images = batch / devices / accumulate;
    const layout = { parallel, reshard: true, recompute, images, accumulate };
    return layoutMemory(layout, demand, { work: demand.micro(recompute, images), devices }).total;
  };
}

function waysOut(recipe: TrainRecipe, devices: number, fits: (way: Partial<Way>) => boolean): string {
  const { batch, accumulate = 1 } = recipe;
  const parts = [2, 4, 8, 16, 32, 64].find((n) => n > accumulate && batch % n === 0 && fits({ accumulate: n }));
  const more = [2, 4, 8].map((n) => n * devices).find((n) => batch % n === 0 && fits({ devices: n }));
  const ways = [
    ...(recipe.parallel === 'replicate' && fits({}) ? ['parallel = shard in the recipe'] : []),
    ...(parts ? [`accumulate = ${parts} in the recipe`] : []),
    ...(recipe.recompute !== 'blocks' && fits({ recompute: 'blocks' }) ? ['recompute = blocks in the recipe'] : []),
    ...(more && hasNvidiaGpu() ? [`--devices ${more}`] : []),
  ];
  return ways.length > 0 ? `What fits: ${ways.join('; ')}.` : 'Train a smaller model, or on devices with more memory.';
}

/** A GPU has memory of its own; processes of the CPU have that of the machine in common. */
function roomOfOne(devices: number): Room | null {
  if (hasNvidiaGpu() && gpuMemory() !== 'hidden') return roomOf('pytorch', 'gpu');
  const room = roomOf('pytorch');
  return room && { bytes: room.bytes / devices, holder: `for each of ${devices} processes there are` };
}
