/** A recipe aligns at a place that its model has (a tap or a block with tokens), and with an encoder of images. */
import type { Diagnostic } from '../diagnostics/diagnostic';
import type { Elaborated } from '../lower/elaborate';
import type { ModelGraph } from '../lower/model';
import type { Alignment } from '../recipe/index';
import { placeProblem, teacherShape } from '../programs/objectives/alignment';
import { teacherProblem } from '../programs/objectives/teacher';
import type { Place } from '../sections/schema';
import { modelOf, placeOf } from '../recipe/written';
import type { Expression } from '../syntax/ast';

/**
 * The errors of `align` in a train section of `model`, whose settings are written at `place`. `align` is the alignment read from
 * it, null if that failed. `build` elaborates the model that an expression calls.
 */
export function checkAlignment(
  place: Place,
  model: ModelGraph,
  align: Alignment | null,
  build: (call: Expression) => Elaborated,
): readonly Diagnostic[] {
  const at = place('align.at');
  const path = at && placeOf(at);
  const misplaced = at && path ? placeProblem(model, path, at.span) : null;
  const teacher = place('align.teacher');
  if (!teacher || !modelOf(teacher)) return misplaced ? [misplaced] : [];
  const built = build(teacher);
  if (misplaced || !built.model || !align) return [...(misplaced ? [misplaced] : []), ...built.diagnostics];
  const unfit = teacherProblem(built.model, teacherShape(model, align), teacher.span);
  return [...built.diagnostics, ...(unfit ? [unfit] : [])];
}
