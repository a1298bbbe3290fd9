/** A solver and a guidance that are declared in the language must give a walk with the model that a section samples. */
// Tested by test/diagnostics/cases.test.ts.
import type { BoundSpec } from '../bind/bind';
import { declaredMethod } from '../bind/rules/sections';
import type { Diagnostic } from '../diagnostics/diagnostic';
import type { LoadedFile } from '../link/load';
import { flowProblem, noisyImageOf } from '../lower/conventions';
import type { ModelGraph } from '../lower/model';
import { wrongPrediction } from '../lower/prediction-shape';
import { hasCondition } from '../programs/guided';
import { builtInGuide, solverInLanguage } from '../programs/declared-walk';
import { keptMethod } from '../programs/kept-method';
import { planWalk } from '../programs/walk';
import type { SampleSettings } from '../recipe/index';
import { builtInGuidance } from '../recipe/sample';
import type { Place } from '../sections/schema';

/** Their errors with `model`; none if the section names neither a solver nor a guidance of the language. */
export function checkWalk(
  file: LoadedFile,
  { names, canBuild }: Pick<BoundSpec, 'names' | 'canBuild'>,
  sample: SampleSettings,
  { place, model }: { readonly place: Place; readonly model: ModelGraph },
): readonly Diagnostic[] {
  const calls = { solver: place('solver'), guidance: place('guidance') };
  const solver = calls.solver && declaredMethod(file, 'solver', calls.solver);
  const guidance = calls.guidance && declaredMethod(file, 'guidance', calls.guidance);
  const hasTime = model.inputs.some((i) => i.kind === 'time');
  if (!noisyImageOf(model) || !hasTime || flowProblem(model) || wrongPrediction(model)) return [];
  if (!calls.solver || (!solver && !guidance)) return [];
  if ((solver && !canBuild(solver)) || (guidance && !canBuild(guidance))) return [];
  const builtIn = builtInGuidance(sample.guidance);
  // A built-in guidance with no condition to leave out is reported by another check of the section.
  const leads = builtIn && (builtIn.weak !== undefined || hasCondition(model));
  const { diagnostics } = planWalk(model, {
    solver: solver
      ? { declaration: solver, call: calls.solver, names }
      : keptMethod('solver', solverInLanguage(sample)),
    guidance:
      calls.guidance && guidance
        ? { declaration: guidance, call: calls.guidance, names }
        : leads
          ? builtInGuide(model, builtIn)
          : null,
    steps: sample.steps,
  });
  return diagnostics;
}
