/** A negative prompt is what guidance leads away from: it needs guidance, over a text. */
// Tested by test/sample/guided-given.test.ts.
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import type { SampleSettings } from '../compiler/recipe/index';
import { isDeclaredGuidance } from '../compiler/recipe/sample';
import { emptyPromptNames } from '../compiler/programs/guided';

/** Refuses a negative prompt without guidance by a scale: known before weights are read. */
export function checkNegativeGuidance(negative: string | undefined, guidance: SampleSettings['guidance']): void {
  // A guidance of the language may lead away from it; whether it does is known where it is built.
  if (negative === undefined || isDeclaredGuidance(guidance)) return;
  if (guidance !== null && guidance.scale !== 1 && guidance.weak === undefined) return;
  throw new WeftError(
    'Without guidance nothing leads away from the negative prompt.',
    'Guide by a scale above 1 (--guidance 3, or `guidance` of the settings), or leave the negative prompt out.',
    2,
  );
}

/** Refuses a negative prompt that would change nothing; `model` as it was trained. */
export function checkNegative(
  negative: string | undefined,
  model: ModelGraph,
  guidance: SampleSettings['guidance'],
): void {
  if (negative === undefined) return;
  checkNegativeGuidance(negative, guidance);
  if (emptyPromptNames(model).length > 0) return;
  throw new WeftError(
    `Guidance of ${model.name} does not lead away from a text, so a negative prompt has no meaning.`,
    'Leave it out, or train the model with a text and drop = text(0.1).',
    2,
  );
}
