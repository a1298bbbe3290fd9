/** Plans the layouts of a recipe on a machine, each with the largest micro-batch that fits, and the best of them. */
import type { TrainRecipe } from '../compiler/recipe/index';
import { bytes } from '../compiler/report/render';
import type { Demand } from './demand';
import { devices } from './devices';
import { figuresOf, type Layout, type LayoutFigures } from './layout';
import type { Machine } from './machine';
import { divisorsOf, requireShared } from './shares';

export interface LayoutPlan {
  readonly machine: Machine;
  readonly demand: Demand;
  /** Ordered from the simplest to the one that needs the least memory. */
  readonly layouts: readonly LayoutFigures[];
  /** The best layout that fits: the one with the shortest step, or a simpler one that is almost as fast. Null if none fits. */
  readonly best: LayoutFigures | null;
  /** If none fits: changes that would help, as written on the command line. */
  readonly ways: readonly string[];
}

/**
 * If step times differ by less than this share, the simpler layout wins: replicated before sharded, kept before recomputed.
 * The value is a choice, not a measurement: every effect that the figures leave out is at least as large.
 */
const tie = 0.05;

export function planLayouts(demand: Demand, recipe: Pick<TrainRecipe, 'batch'>, machine: Machine): LayoutPlan {
  requireShared(recipe.batch, machine.devices);
  const layouts = layoutsOn(machine.devices).map((kind) => largestThatFits(kind, demand, { recipe, machine }));
  const fitting = layouts.filter((l) => l.fits);
  const least = Math.min(...fitting.map((l) => l.time.step));
  const best = fitting.find((l) => l.time.step <= least * (1 + tie)) ?? null;
  return { machine, demand, layouts, best, ways: best ? [] : waysOut(demand, recipe, machine) };
}

type Kind = Omit<Layout, 'images' | 'accumulate'>;

function layoutsOn(count: number): Kind[] {
  const both = (kind: Omit<Kind, 'recompute'>): Kind[] => [
    { ...kind, recompute: 'none' },
    { ...kind, recompute: 'blocks' },
  ];
  if (count === 1) return both({ parallel: 'none', reshard: false });
  return [
    ...both({ parallel: 'replicate', reshard: false }),
    ...both({ parallel: 'shard', reshard: false }),
    ...both({ parallel: 'shard', reshard: true }),
  ];
}

interface Task {
  readonly recipe: Pick<TrainRecipe, 'batch'>;
  readonly machine: Machine;
}

/** The layout with the largest number of images at a time that fits, or with one image if none does. */
function largestThatFits(kind: Kind, demand: Demand, { recipe, machine }: Task): LayoutFigures {
  const each = recipe.batch / machine.devices;
  for (const images of divisorsOf(each).toReversed()) {
    const found = figuresOf({ ...kind, images, accumulate: each / images }, demand, machine);
    if (found.fits || images === 1) return found;
  }
  throw new Error('a batch has one image at least');
}

/** Ways to make a recipe fit: more devices of the kind, or the same number with more memory. */
function waysOut(demand: Demand, recipe: Pick<TrainRecipe, 'batch'>, machine: Machine): string[] {
  const leastOn = (count: number): LayoutFigures[] =>
    layoutsOn(count).map((kind) =>
      figuresOf({ ...kind, images: 1, accumulate: recipe.batch / count }, demand, { ...machine, devices: count }),
    );
  const ways: string[] = [];
  for (let count = machine.devices * 2; count <= recipe.batch; count *= 2) {
    const found = recipe.batch % count === 0 && leastOn(count).find((l) => l.memory.total <= machine.memory);
    if (!found) continue;
    ways.push(`--devices ${count} (${inWords(found)}: ${bytes(found.memory.total)} each)`);
    break;
  }
  const least = Math.min(...leastOn(machine.devices).map((l) => l.memory.total));
  const larger = devices.filter((d) => d.memory * 1e9 >= least).toSorted((a, b) => a.memory - b.memory)[0];
  if (larger) ways.push(`--device ${larger.name} (${larger.memory} GB each)`);
  return ways;
}

/** A layout in words: `shard, blocks recomputed`. */
export function inWords({ parallel, reshard, recompute }: Kind): string {
  const name = { none: 'one device', replicate: 'replicate', shard: reshard ? 'shard' : 'shard, weights kept' }[
    parallel
  ];
  return recompute === 'blocks' ? `${name}, blocks recomputed` : name;
}
