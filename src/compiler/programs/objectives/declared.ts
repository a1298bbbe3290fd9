/** An objective that is declared in the language, from the text that a recipe keeps of it. */
// Tested by test/train/declared-objective.test.ts.
import { WeftError } from '../../diagnostics/diagnostic';
import type { ModelGraph } from '../../lower/model';
import { elaborateObjective, type ElaboratedObjective, type StepInputs } from '../../lower/objective/elaborate';
import type { Declared } from '../../recipe/declared';
import { keptMethod, refuseErrors } from '../kept-method';

/** Such an objective without anything wrong. */
export type SoundObjective = ElaboratedObjective & { readonly loss: NonNullable<ElaboratedObjective['loss']> };

export function soundObjective(model: ModelGraph, kept: Declared, step: StepInputs): SoundObjective {
  const made = elaborateObjective(model, keptMethod('objective', kept), step);
  refuseErrors(made.diagnostics);
  const { loss } = made;
  if (!loss) throw new WeftError(`The objective ${kept.call} gives no loss.`);
  return { ...made, loss };
}
