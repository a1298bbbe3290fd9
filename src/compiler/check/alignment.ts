/** Recipes align at places that their models have: taps and blocks with tokens. */
import type { Diagnostic } from '../diagnostics/diagnostic';
import type { ModelGraph } from '../lower/model';
import { placeProblem } from '../programs/objectives/alignment';
import { placeOf } from '../sections/schema';
import type { Expression, SectionDeclaration } from '../syntax/ast';

/** What is wrong with the `at` of `align` in a train section of `model`. */
export function checkAlignment(section: SectionDeclaration, model: ModelGraph): Diagnostic[] {
  return section.entries.flatMap((e) => {
    const at = e.kind === 'setting' && e.path[0].name === 'align' ? placeArgument(e.value) : null;
    const path = at && placeOf(at);
    const problem = at && path ? placeProblem(model, path, at.span) : null;
    return problem ? [problem] : [];
  });
}

/** The place in `repa(at: …)`, or in `repa(…)` without names. */
function placeArgument(e: Expression): Expression | null {
  if (e.kind !== 'call') return null;
  const given = e.args.find((a) => a.name?.name === 'at') ?? e.args.find((a) => !a.name);
  return given?.value ?? null;
}
