/** Checks that what a run writes fits onto its disk before it starts; a run that does not fit is refused, with what would need less. */
// Tested by test/train/snapshots.test.ts.
import type { BackendName } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { bindProgram } from '../compiler/ir/bind';
import { staticSize } from '../compiler/ir/dims';
import { variablesOf } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import { trainStep } from '../compiler/programs/train-step';
import { averagesOf } from '../compiler/recipe/averages';
import type { TrainRecipe } from '../compiler/recipe/index';
import { formatTwoSizes, freeBytes } from '../files/file-error';
import { stepSizes } from './steps';

/** What a run leaves on its disk, in bytes. */
interface Written {
  /** Two checkpoints, or as many as a run that may go back keeps, beside the one that is being written. */
  readonly checkpoints: number;
  /** Its weights and their averages. */
  readonly weights: number;
  /** Copies of averages. */
  readonly snapshots: number;
}

/** Refuses a new run for whose files there is no room in `folder`. Exit status 3. */
export async function requireDisk(
  model: ModelGraph,
  recipe: TrainRecipe,
  { folder, backend }: { readonly folder: string; readonly backend: BackendName },
): Promise<void> {
  const free = await freeBytes(folder);
  const { checkpoints, weights, snapshots } = writtenBy(model, recipe, backend);
  const needed = checkpoints + weights + snapshots;
  if (free === null || needed <= free) return;
  const [wanted, left] = formatTwoSizes(needed, free);
  const ways = ['Free some space', 'name a folder on another disk with --out'];
  if (checkpoints + weights <= free) ways.push('write a larger snapshot_every');
  throw new WeftError(
    `The files of this run need ${wanted} in ${folder}, where ${left} are free.`,
    `${ways.slice(0, -1).join(', ')} or ${ways[ways.length - 1]}.`,
    3,
  );
}

function writtenBy(model: ModelGraph, recipe: TrainRecipe, backend: BackendName): Written {
  const sizeOf = (shapes: readonly { readonly shape: Parameters<typeof staticSize>[0] }[]): number =>
    shapes.reduce((sum, { shape }) => sum + 4 * staticSize(shape), 0);
  const state = sizeOf(variablesOf(bindProgram(trainStep(model, recipe), stepSizes(recipe))));
  const own = sizeOf(model.weights);
  const averages = averagesOf(recipe.ema);
  const powers = averages.filter(({ average }) => typeof average !== 'number').length;
  const { checkpoint, snapshotEvery = Infinity, onSpike, steps, validate } = recipe;
  const kept = 3 + Math.ceil(Math.min(onSpike?.steps ?? 0, steps) / checkpoint);
  return {
    // The evaluator's numbers are twice as wide.
    checkpoints: kept * state * (backend === 'reference' ? 2 : 1),
    weights: (1 + averages.length + (validate ? 1 : 0)) * own,
    snapshots: powers * (snapshotEvery === Infinity ? 0 : Math.ceil(steps / snapshotEvery)) * own,
  };
}
