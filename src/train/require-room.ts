/** Checks that a training step fits into memory before it runs; a step that does not fit is refused, with settings that would fit. */
// Tested by test/train/room.test.ts.
import type { BackendName } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { staticSize } from '../compiler/ir/dims';
import { rootsOf, topological, type Program } from '../compiler/ir/graph';
import { noisyImageOf } from '../compiler/lower/conventions';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import { memoryOf } from '../compiler/report/memory';
import { bytes } from '../compiler/report/render';
import { bindProgram } from '../compiler/ir/bind';
import { trainStep } from '../compiler/programs/train-step';
import { roomOf, type Room } from '../backends/room';
import { stepSizes } from './steps';
import { predictedBytes } from '../backends/predicted-memory';

/** Refuses a recipe whose step needs more memory than there is. Exit status 3. */
export function requireRoom(model: ModelGraph, recipe: TrainRecipe, backend: BackendName, room: Room | null): void {
  // Most models need no closer look, which takes a second.
  if (!room || atMost(trainStep(model, recipe), recipe) <= room.bytes) return;
  const needed = needOf(model, recipe, backend);
  if (needed <= room.bytes) return;
  const batch = recipe.batch.toLocaleString('en-US');
  throw new WeftError(
    `Training ${model.name} with a batch of ${batch} (--batch) needs about ${bytes(needed)}, ` +
      `of which one batch of images is ${bytes(batchBytes(model, recipe))}; ${room.holder} ${bytes(room.bytes)}.`,
    waysOut(model, recipe, backend, room),
    3,
  );
}

/** Bytes of a step's variables and of everything it computes: more than it ever holds at once. */
export function atMost(program: Program, recipe: TrainRecipe): number {
  const values = topological(rootsOf(bindProgram(program, stepSizes(recipe))));
  return values.reduce((sum, v) => sum + 4 * staticSize(v.shape), 0);
}

/** The bytes that `weft inspect` predicts for the way the backend runs a step. */
function needOf(model: ModelGraph, recipe: TrainRecipe, backend: BackendName): number {
  const memory = memoryOf(model, { ...recipe, bindings: stepSizes(recipe) });
  return predictedBytes(backend, memory);
}

/** Pixels of one batch as the step takes them. */
function batchBytes(model: ModelGraph, { batch }: TrainRecipe): number {
  const image = noisyImageOf(model);
  return image ? 4 * batch * image.channels * image.height * image.width : 0;
}

function waysOut(model: ModelGraph, recipe: TrainRecipe, backend: BackendName, room: Room): string {
  const ways: string[] = [];
  const fitting = fittingBatch((batch) => needOf(model, { ...recipe, batch }, backend), recipe.batch, room.bytes);
  if (fitting) ways.push(`--batch ${fitting}`);
  const lean: TrainRecipe = { ...recipe, recompute: 'blocks' };
  const recomputed = recipe.recompute === 'blocks' ? Infinity : needOf(model, lean, backend);
  const { batch, accumulate = 1 } = recipe;
  const parts = [2, 4, 8, 16, 32].find(
    (n) => n > accumulate && batch % n === 0 && needOf(model, { ...recipe, accumulate: n }, backend) <= room.bytes,
  );
  if (parts) ways.push(`accumulate = ${parts} in the recipe`);
  if (recomputed <= room.bytes) ways.push(`recompute = blocks in the recipe (${bytes(recomputed)})`);
  if (backend === 'tfjs' && needOf(model, recipe, 'tensorflow') <= roomOf('tensorflow')!.bytes)
    ways.push('TensorFlow (weft setup, --backend tensorflow)');
  if (room.alone && needOf(model, recipe, backend) <= room.alone)
    ways.push(`the whole of the GPU (${bytes(room.alone)}), once other programs have left it`);
  if (ways.length > 0) return `What fits: ${ways.join('; ')}.`;
  return 'Not even a batch of 1 fits: train a smaller model, or on a machine with more memory.';
}

/** The largest power of two below `batch` whose step fits; null if none does. A step's memory grows linearly with the batch. */
function fittingBatch(need: (batch: number) => number, batch: number, room: number): number | null {
  const least = need(1);
  const slope = need(2) - least || 1;
  const most = Math.min((room - least) / slope + 1, batch - 1);
  for (let n = 2 ** Math.floor(Math.log2(Math.max(1, most))); n >= 1; n /= 2) if (need(n) <= room) return n;
  return null;
}
