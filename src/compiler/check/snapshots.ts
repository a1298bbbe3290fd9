/** Copies are kept of power-function averages, which are the same throughout a run. */
// Tested by test/diagnostics/cases.test.ts.
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { averagesOf } from '../recipe/averages';
import type { TrainRecipe } from '../recipe/index';
import { stagesOf } from '../recipe/stages';
import { startOf, type Training } from './training';

/** The error of `snapshot_every` in a train section, if there is one. */
export function checkSnapshots({ section, place, recipe }: Training): readonly Diagnostic[] {
  if (recipe?.snapshotEvery === undefined) return [];
  const kept = stagesOf(recipe).map((stage) => widthsOf(stage.recipe));
  const changes = kept.some((widths) => widths !== kept[0]);
  if (!changes && kept[0] !== '') return [];
  return [diagnose('snapshot-average', place('snapshot_every')?.span ?? startOf(section), { changes })];
}

function widthsOf({ ema }: TrainRecipe): string {
  return averagesOf(ema)
    .flatMap(({ average }) => (typeof average === 'number' ? [] : [average.width]))
    .join();
}
