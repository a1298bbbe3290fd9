/** The schedule of a train section is a factor of the rate, at every step that it is asked for. */
// Tested by test/train/schedule.test.ts.
import type { Diagnostic } from '../diagnostics/diagnostic';
import { scheduleOf } from '../lower/schedule';
import type { TrainRecipe } from '../recipe/index';
import type { Place } from '../sections/schema';

/** Steps that are tried, spread over the run, the first and the last among them. */
const tried = 64;

export function checkSchedule(
  place: Place,
  { steps, warmup }: Pick<TrainRecipe, 'steps' | 'warmup'>,
): readonly Diagnostic[] {
  const written = place('schedule');
  if (!written) return [];
  const at = scheduleOf(written);
  for (let i = 0; i < tried; i++) {
    const { diagnostics } = at({ step: Math.round((i * (steps - 1)) / (tried - 1)), steps, warmup });
    if (diagnostics.length > 0) return diagnostics;
  }
  return [];
}
