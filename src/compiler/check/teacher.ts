/** The frozen model of a recipe must predict what the trained model predicts. */
// Tested by test/diagnostics/cases.test.ts.
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { Elaborated } from '../lower/elaborate';
import { parseGiven } from '../lower/givens/parse';
import type { ModelGraph } from '../lower/model';
import type { Teacher } from '../lower/objective/elaborate';
import { teacherDifference, teacherOf } from '../programs/frozen-teacher';
import { keptModel } from '../programs/kept-model';
import type { TrainRecipe } from '../recipe/index';
import { frozenModel } from '../recipe/teacher';
import type { Place } from '../sections/schema';
import type { Expression } from '../syntax/ast';

/** The teacher of a section, if it has one without errors. */
export interface CheckedTeacher {
  readonly diagnostics: readonly Diagnostic[];
  readonly teacher: Teacher | null;
  /** Whether the section has a teacher with errors, so that its objective cannot be checked. */
  readonly isWrong: boolean;
}

/** Checks `teacher` of a train section with a `model` that it trains. `build` elaborates the model that an expression calls. */
export function checkTeacher(
  { place, recipe, model }: { readonly place: Place; readonly recipe: TrainRecipe | null; readonly model: ModelGraph },
  build: (call: Expression) => Elaborated,
): CheckedTeacher {
  const written = place('teacher');
  const kept = recipe?.teacher?.model;
  if (!written && !kept) return { diagnostics: [], teacher: null, isWrong: false };
  // A teacher that was changed by hand has no place in the file, but its text.
  const call = written ? frozenModel(written) : kept ? parseGiven('teacher', kept.call).value : null;
  const wrong = (diagnostics: readonly Diagnostic[]): CheckedTeacher => ({ diagnostics, teacher: null, isWrong: true });
  if (!call) return wrong([]);
  const built = written || !kept ? build(call) : { model: keptModel(kept), diagnostics: [] };
  if (!built.model) return wrong(built.diagnostics);
  const differs = teacherDifference(built.model, model);
  if (differs)
    return wrong([
      ...built.diagnostics,
      diagnose('teacher-differs', call.span, { model: built.model.name, ...differs }),
    ]);
  return { diagnostics: built.diagnostics, teacher: teacherOf(model, built.model), isWrong: false };
}
