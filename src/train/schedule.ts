/** Values that change from step to step: the learning rate with its warm-up and phases, and the clipping threshold. */
import { factorAt } from '../compiler/lower/schedule';
import type { TrainRecipe } from '../compiler/recipe/index';

/** The learning rate of a step (the first is 0): the phase's rate by the schedule, rising linearly over the recipe's warm-up. */
export function rateAt(recipe: TrainRecipe, step: number): number {
  const { warmup, steps, schedule } = recipe;
  const base = lastPhase(recipe, step, (p) => p.rate) ?? recipe.optimizer.rate;
  const rate = schedule === undefined ? base : base * factorAt(schedule, { step, steps, warmup });
  return step < warmup ? (rate * (step + 1)) / warmup : rate;
}

/** The largest global gradient norm that a step (the first is 0) may have; null for no clipping. */
export function clipAt(recipe: TrainRecipe, step: number): number | null {
  return lastPhase(recipe, step, (p) => p.clip) ?? recipe.clip;
}

/** The value from the latest phase that has begun and has one. */
function lastPhase(
  { phases }: TrainRecipe,
  step: number,
  of: (phase: TrainRecipe['phases'][number]) => number | null,
): number | null {
  return phases.reduce<number | null>((found, phase) => (phase.at <= step ? (of(phase) ?? found) : found), null);
}
