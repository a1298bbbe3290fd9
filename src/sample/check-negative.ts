/** Checks negative prompts: guidance leads away from them, so they need guidance, by text. */
// Tested by test/sample/guided-given.test.ts.
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import type { SampleSettings } from '../compiler/recipe/index';
import { isDeclaredGuidance } from '../compiler/recipe/sample';
import { emptyPromptNames } from '../compiler/programs/guided';

/** Refuses a negative prompt without guidance by a scale; checked before weights are read. */
export function checkNegativeGuidance(negative: string | undefined, guidance: SampleSettings['guidance']): void {
  // A guidance of the language may lead away from it; this is known when the guidance is built.
  if (negative === undefined || isDeclaredGuidance(guidance)) return;
  if (guidance !== null && guidance.scale !== 1 && guidance.weak === undefined) return;
  throw new WeftError(
    'Without guidance nothing leads away from the negative prompt.',
    'Guide by a scale above 1 (--guidance 3, or `guidance` of the settings), or leave the negative prompt out.',
    2,
  );
}

/** Refuses a negative prompt that would have no effect; `model` is the model as it was trained. */
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
