/** Checks settings that a program gives for a train step: they must be possible in a recipe. */
// Tested by test/api/kinds.test.ts.
import { decayRange, probabilityRange, requireInRange } from '../bind/number-range';
import { widthRange } from '../recipe/averages';
import { WeftError } from '../diagnostics/diagnostic';
import { kindOf, requireOptions, requireWord } from '../diagnostics/require-kind';
import type { TrainSettings } from './train-step';

const precisions: readonly TrainSettings['precision'][] = ['f32', 'bf16'];

/** Throws if settings are not possible in a recipe. */
export function requireTrainSettings(settings: TrainSettings): void {
  requireOptions(settings);
  const { objective, optimizer, ema, labelDrop, textDrop, precision, teacher } = settings;
  for (const [name, choice] of Object.entries({ objective, optimizer })) requireChoice(name, choice);
  if (Array.isArray(ema)) ema.forEach(requireAverage);
  else if (ema !== null) requireAverage(ema);
  if (teacher !== undefined) requireTeacher(teacher);
  requireInRange('labelDrop', labelDrop, probabilityRange);
  if (textDrop !== undefined) requireInRange('textDrop', textDrop, probabilityRange);
  requireWord('precision', precision, precisions);
}

/** A decay, or a power function with its width. */
function requireAverage(average: unknown): void {
  if (typeof average !== 'object' || average === null) return requireInRange('ema', average, decayRange);
  if (!('kind' in average) || average.kind !== 'power' || !('width' in average))
    throw new WeftError(`ema must be a decay, power(…) or a list of them, not ${kindOf(average)}.`, null, 2);
  requireInRange('ema.width', average.width, widthRange);
}

function requireTeacher(teacher: unknown): void {
  const model = typeof teacher === 'object' && teacher !== null && 'model' in teacher ? teacher.model : null;
  const isKept = typeof model === 'object' && model !== null && 'call' in model && 'text' in model;
  if (isKept && typeof model.call === 'string' && typeof model.text === 'string') return;
  throw new WeftError(
    `teacher must be a frozen model that recipes have, not ${kindOf(teacher)}.`,
    'Give the `recipe` of compile(…), with changes.',
    2,
  );
}

function requireChoice(name: string, choice: unknown): void {
  if (typeof choice === 'object' && choice !== null && 'kind' in choice) return;
  throw new WeftError(
    `${name} must be one that recipes have, not ${kindOf(choice)}.`,
    'Give the `recipe` of compile(…), with changes.',
    2,
  );
}
