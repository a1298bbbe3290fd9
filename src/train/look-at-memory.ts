/** Warns of recipes whose step needs more memory than this machine has: training would refuse them. */
import { diagnose, WeftError, type Diagnostic } from '../compiler/diagnostics/diagnostic';
import type { Spec } from '../compiler/compile';
import { bindShape, staticSize } from '../compiler/ir/dims';
import { topological } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import type { Span } from '../compiler/source';
import { roomHere } from '../backends/room';
import { stepSizes } from './steps';

/** The most steps that are built for a file: each takes a second or two for a large model. Recipes with the same step count once. */
const mostSteps = 8;

/** Notes on the memory of the recipes; `modelOf` gives the model of one, or null if it has errors. */
export async function memoryNotes(
  spec: Spec,
  modelOf: (recipe: TrainRecipe) => ModelGraph | null,
): Promise<Diagnostic[]> {
  if (spec.recipes.length === 0) return [];
  const found: Diagnostic[] = [];
  const unread: Span[] = [];
  const known = new Map<string, WeftError | null>();
  const { room } = await roomHere('auto');
  const small = new Map<string, boolean>();
  for (const recipe of spec.recipes) {
    const place = spec.place('train', recipe.name, 'batch') ?? spec.place('train', recipe.name, 'data');
    const model = place && modelOf(recipe);
    if (!place || !model || !room) continue;
    const forward = JSON.stringify([recipe.model, stepSizes(recipe)]);
    const isSmallForward = small.get(forward) ?? isSmall(model, recipe, room.bytes);
    small.set(forward, isSmallForward);
    // Conditions and an alignment of a step may have any size.
    if (isSmallForward && !recipe.given && !recipe.align) continue;
    const step = whatDecides(recipe);
    if (!known.has(step) && known.size === mostSteps) {
      unread.push(place);
      continue;
    }
    const refusal = known.has(step) ? known.get(step) : await refusalOf(model, recipe);
    known.set(step, refusal ?? null);
    if (refusal) found.push(diagnose('memory-short', place, { problem: refusal.message, hint: refusal.hint ?? '' }));
  }
  if (unread.length > 0) found.push(diagnose('memory-unread', unread[0], { read: mostSteps, others: unread.length }));
  return found;
}

/** Settings that do not affect a step. */
const apart = [
  'name',
  'data',
  'from',
  'steps',
  'seed',
  'seeds',
  'score',
  'warmup',
  'schedule',
  'phases',
  'checkpoint',
  'sampleEvery',
  'snapshotEvery',
  'validate',
  'onSpike',
] as const satisfies readonly (keyof TrainRecipe)[];

/** The recipe without settings that do not change a step's memory. */
function whatDecides(recipe: TrainRecipe): string {
  return JSON.stringify({ ...recipe, ...Object.fromEntries(apart.map((setting) => [setting, undefined])) });
}

/** The error that training would report for the step. Its code is loaded only if the step may be too large. */
async function refusalOf(model: ModelGraph, recipe: TrainRecipe): Promise<WeftError | null> {
  const { checkRoom } = await import('./before-data');
  try {
    await checkRoom(model, recipe, {});
    return null;
  } catch (error) {
    if (!(error instanceof WeftError)) throw error;
    // Only errors about memory: other errors of the step are reported elsewhere.
    return error.exitCode === 3 ? error : null;
  }
}

/** A step holds far less than this many times the bytes that a forward pass of its model computes. */
const mostOfForward = 100;

/** Whether a forward pass is so small that the step cannot be too large, but for what a recipe adds to it. */
function isSmall(model: ModelGraph, recipe: TrainRecipe, room: number): boolean {
  const sizes = stepSizes(recipe);
  const values = topological(Object.values(model.outputs));
  const forward = values.reduce((sum, v) => sum + 4 * staticSize(bindShape(v.shape, sizes)), 0);
  return mostOfForward * forward < room;
}
