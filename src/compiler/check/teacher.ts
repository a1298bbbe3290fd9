/** The frozen model of a recipe must predict what the trained model predicts. */
// Tested by test/diagnostics/cases.test.ts.
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { Elaborated } from '../lower/elaborate';
import type { ModelGraph } from '../lower/model';
import { teacherDifference } from '../programs/frozen-teacher';
import { frozenModel } from '../recipe/teacher';
import type { Place } from '../sections/schema';
import type { Expression } from '../syntax/ast';

/** The errors of `teacher` in a train section of `model`. `build` elaborates the model that an expression calls. */
export function checkFrozen(
  place: Place,
  model: ModelGraph,
  build: (call: Expression) => Elaborated,
): readonly Diagnostic[] {
  const written = place('teacher');
  const call = written && frozenModel(written);
  if (!call) return [];
  const built = build(call);
  if (!built.model) return built.diagnostics;
  const differs = teacherDifference(built.model, model);
  return differs
    ? [...built.diagnostics, diagnose('teacher-differs', call.span, { model: built.model.name, ...differs })]
    : built.diagnostics;
}
