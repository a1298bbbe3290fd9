/** A solver and a guidance that are declared in the language must give a walk with the model that a section samples. */
import type { BoundSpec } from '../bind/bind';
import { declaredMethod } from '../bind/rules/sections';
import type { Diagnostic } from '../diagnostics/diagnostic';
import type { LoadedFile } from '../link/load';
import { flowProblem, noisyImageOf } from '../lower/conventions';
import { hyperparameterScope } from '../lower/givens/elaborate';
import type { ModelGraph } from '../lower/model';
import { wrongPrediction } from '../lower/prediction-shape';
import { hasCondition } from '../programs/guided';
import { builtInGuide, solverInLanguage } from '../programs/declared-walk';
import { keptMethod } from '../programs/kept-method';
import { planWalk, type DeclaredWalk } from '../programs/walk';
import { trainedBy } from '../lower/left-out';
import type { SampleSettings, TrainRecipe } from '../recipe/index';
import { builtInGuidance } from '../recipe/sample';
import type { Place } from '../sections/schema';
import { guidanceOfWalk } from './rules/recipe/acting-guidance';
import { leftOutIn } from './rules/recipe/guided-condition';
import { declaredSteps } from './rules/recipe/solver-steps';

/** The most steps of a walk that are looked at, the first and the last ones of a longer walk; drawing checks every step. */
export const mostJudged = 2000;

/** The warnings that guidances of the language leave out what `recipe`, as it stands or as it was changed by hand, never leaves out. */
export function leftOutByWalks(
  file: LoadedFile,
  bound: Pick<BoundSpec, 'names' | 'canBuild'>,
  samples: readonly { readonly sample: SampleSettings; readonly place: Place }[],
  { recipe, model }: { readonly recipe: TrainRecipe; readonly model: ModelGraph },
): readonly Diagnostic[] {
  const trained = trainedBy(model, [recipe]);
  return samples
    .filter(({ sample }) => sample.model === recipe.model)
    .flatMap(({ sample, place }) => checkWalk(file, bound, sample, { place, model, trained, recipes: [recipe] }))
    .filter(({ code }) => code === 'guidance-without-drop');
}

/** What a sample section draws with: its model, as it is and as the recipes train it. */
interface Sampled {
  readonly place: Place;
  readonly model: ModelGraph;
  readonly trained: ModelGraph;
  readonly recipes: readonly TrainRecipe[];
}

/** Their errors with `model`; none if the section names neither a solver nor a guidance of the language. */
export function checkWalk(
  file: LoadedFile,
  { names, canBuild }: Pick<BoundSpec, 'names' | 'canBuild'>,
  sample: SampleSettings,
  { place, model: given, trained: model, recipes }: Sampled,
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
  const hyperparameters = hyperparameterScope(given);
  const walk: DeclaredWalk = {
    solver: solver
      ? { declaration: solver, call: calls.solver, names, hyperparameters }
      : keptMethod('solver', solverInLanguage(sample)),
    guidance:
      calls.guidance && guidance
        ? { declaration: guidance, call: calls.guidance, names, hyperparameters }
        : leads
          ? builtInGuide(model, builtIn)
          : null,
    steps: sample.steps,
    judged: mostJudged,
  };
  const { diagnostics, use } = planWalk(model, walk);
  if (!use) return diagnostics;
  const found = [...diagnostics];
  if (solver) {
    const named = { name: solver.name.name, steps: sample.steps };
    found.push(...declaredSteps(named, (steps) => planWalk(model, { ...walk, steps }).use, calls.solver.span));
  }
  if (!calls.guidance || !walk.guidance) return found;
  const at = calls.guidance.span;
  // Guidance may act in the steps that were not looked at.
  if (sample.steps <= mostJudged) found.push(...guidanceOfWalk(sample, use, at));
  if (guidance) found.push(...recipes.flatMap((recipe) => leftOutIn(use, { model: given, recipe, place: at })));
  return found;
}
