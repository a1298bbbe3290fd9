/** Checks settings that a program gives for a train step: they must be possible in a recipe. */
// Tested by test/api/kinds.test.ts.
import { decayRange, probabilityRange, requireInRange } from '../bind/number-range';
import { averagesOf, widthRange } from '../recipe/averages';
import { WeftError } from '../diagnostics/diagnostic';
import { kindOf, requireOptions, requireWord } from '../diagnostics/require-kind';
import type { TrainSettings } from './train-step';

const precisions: readonly TrainSettings['precision'][] = ['f32', 'bf16'];

/** Throws if settings are not possible in a recipe. */
export function requireTrainSettings(settings: TrainSettings): void {
  requireOptions(settings);
  const { objective, optimizer, ema, labelDrop, textDrop, precision } = settings;
  for (const [name, choice] of Object.entries({ objective, optimizer })) requireChoice(name, choice);
  for (const { average } of averagesOf(ema))
    if (typeof average === 'number') requireInRange('ema', average, decayRange);
    else requireInRange('ema.width', average.width, widthRange);
  requireInRange('labelDrop', labelDrop, probabilityRange);
  if (textDrop !== undefined) requireInRange('textDrop', textDrop, probabilityRange);
  requireWord('precision', precision, precisions);
}

function requireChoice(name: string, choice: unknown): void {
  if (typeof choice === 'object' && choice !== null && 'kind' in choice) return;
  throw new WeftError(
    `${name} must be one that recipes have, not ${kindOf(choice)}.`,
    'Give the `recipe` of compile(…), with changes.',
    2,
  );
}
