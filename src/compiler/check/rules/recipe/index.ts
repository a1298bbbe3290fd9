/** Rules about probable mistakes in a recipe or a sample section that can be run: one file for each rule. */
// Tested by test/compiler/check/rules/recipe.test.ts.
import type { Diagnostic } from '../../../diagnostics/diagnostic';
import { averageLength } from './average-length';
import { checkpointInterval } from './checkpoint-interval';
import { clipAtHighRate } from './clip-at-high-rate';
import { guidedCondition } from './guided-condition';
import { phaseReach } from './phase-reach';
import type { RecipeRule, RecipeUse } from './rule';
import { rewindReach } from './rewind-reach';
import { sampleInterval } from './sample-interval';
import { snapshotInterval } from './snapshot-interval';
import { validationInterval } from './validation-interval';
import { warmupLength } from './warmup-length';

const rules: readonly RecipeRule[] = [
  averageLength,
  warmupLength,
  phaseReach,
  checkpointInterval,
  sampleInterval,
  snapshotInterval,
  validationInterval,
  rewindReach,
  clipAtHighRate,
  guidedCondition,
];

export function recipeWarnings(use: RecipeUse): Diagnostic[] {
  return rules.flatMap((rule) => rule(use));
}
