/** The schedule of a train section must give a factor of the rate at every step that is tried. */
// Tested by test/train/schedule.test.ts.
import type { Diagnostic } from '../diagnostics/diagnostic';
import { factorAt, scheduleOf } from '../lower/schedule';
import type { Scope } from '../lower/scope';
import type { TrainRecipe } from '../recipe/index';
import type { Place } from '../sections/schema';

/** The number of steps that are tried, spread evenly over the run, with the first and the last. */
const tried = 64;

export function checkSchedule(
  place: Place,
  { steps, warmup }: Pick<TrainRecipe, 'steps' | 'warmup'>,
  hyperparameters?: Scope,
): readonly Diagnostic[] {
  const written = place('schedule');
  if (!written) return [];
  const at = scheduleOf(written, hyperparameters);
  for (const step of triedSteps(steps)) {
    const { diagnostics } = at({ step, steps, warmup });
    if (diagnostics.length > 0) return diagnostics;
  }
  return [];
}

/** Throws before a run if its schedule has an error at one of the tried steps. */
export function requireSchedule({ schedule, steps, warmup }: TrainRecipe): void {
  if (schedule !== undefined) for (const step of triedSteps(steps)) factorAt(schedule, { step, steps, warmup });
}

function triedSteps(steps: number): number[] {
  return Array.from({ length: tried }, (_, i) => Math.round((i * (steps - 1)) / (tried - 1)));
}
