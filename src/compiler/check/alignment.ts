/** Recipes align at places that their models have, taps and blocks with tokens, and with encoders of images. */
import type { Diagnostic } from '../diagnostics/diagnostic';
import type { Elaborated } from '../lower/elaborate';
import type { ModelGraph } from '../lower/model';
import type { Alignment } from '../lower/recipe';
import { placeProblem, teacherShape } from '../programs/objectives/alignment';
import { teacherProblem } from '../programs/objectives/teacher';
import { alignArgument, teacherModel } from '../sections/alignment';
import { placeOf } from '../sections/schema';
import type { Expression, SectionDeclaration } from '../syntax/ast';

/**
 * What is wrong with `align` in a train section of `model`; `align` is what was read from it, null where it could not be. `build`
 * elaborates the model that an expression calls.
 */
export function checkAlignment(
  section: SectionDeclaration,
  model: ModelGraph,
  align: Alignment | null,
  build: (call: Expression) => Elaborated,
): readonly Diagnostic[] {
  const setting = section.entries.find((e) => e.kind === 'setting' && e.path[0].name === 'align');
  if (setting?.kind !== 'setting') return [];
  const at = alignArgument(setting.value, 'at');
  const path = at && placeOf(at);
  const misplaced = at && path ? placeProblem(model, path, at.span) : null;
  const teacher = teacherModel(setting.value);
  if (!teacher) return misplaced ? [misplaced] : [];
  const built = build(teacher);
  if (misplaced || !built.model || !align) return [...(misplaced ? [misplaced] : []), ...built.diagnostics];
  const unfit = teacherProblem(built.model, teacherShape(model, align), teacher.span);
  return [...built.diagnostics, ...(unfit ? [unfit] : [])];
}
