/** An objective that is declared in the language must give a loss for the model that a section trains. */
// Tested by test/diagnostics/cases.test.ts.
import type { BoundSpec } from '../bind/bind';
import { declaredMethod } from '../bind/rules/sections';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { input, topological, type Value, type Variable } from '../ir/graph';
import type { LoadedFile } from '../link/load';
import { flowProblem, noisyImageOf } from '../lower/conventions';
import { hyperparameterScope } from '../lower/givens/elaborate';
import type { ModelGraph } from '../lower/model';
import { elaborateObjective } from '../lower/objective/elaborate';
import { keepsAverages } from '../recipe/optimizers';
import { alignmentProblem, teacherTokens } from '../programs/objectives/alignment';
import { averageOf, startOf } from '../programs/optimizers/ema';
import type { TrainRecipe } from '../recipe/index';
import type { Place } from '../sections/schema';
import type { CheckedTeacher } from './teacher';

/** A train section, its recipe (null if it has errors), a model that it trains, and its teacher. */
interface Section {
  readonly place: Place;
  readonly recipe: TrainRecipe | null;
  readonly model: ModelGraph;
  readonly taught: CheckedTeacher;
}

/** What is wrong with an objective, and what it trains beside the model. */
interface CheckedObjective {
  readonly diagnostics: readonly Diagnostic[];
  /** The objective's own weights; none if it has errors. */
  readonly weights: readonly Variable[];
  /** The losses of these weights, each `[batch]`. */
  readonly losses: readonly Value[];
}

/** Checks the objective with `model`; nothing is wrong if the model cannot be trained, which is reported elsewhere. */
export function checkObjective(
  file: LoadedFile,
  bound: Pick<BoundSpec, 'names' | 'canBuild'>,
  section: Section,
): CheckedObjective {
  const { place, recipe, model, taught } = section;
  const only = (diagnostics: readonly Diagnostic[]): CheckedObjective => ({ diagnostics, weights: [], losses: [] });
  const call = place('objective');
  if (recipe && recipe.objective.kind !== 'declared') {
    const { kind } = recipe.objective;
    const { path } = model.conventions;
    if (path !== 'straight' && call)
      return only(
        flowProblem(model) ? [] : [diagnose('objective-path', call.span, { name: kind, model: model.name, path })],
      );
    return only([...idleEncoder(section, kind), ...idleTeacher(section, kind)]);
  }
  const declaration = call && declaredMethod(file, 'objective', call);
  const image = noisyImageOf(model);
  const hasTime = model.inputs.some((i) => i.kind === 'time');
  if (!declaration || !image || !hasTime || flowProblem(model) || !bound.canBuild(declaration)) return only([]);
  if (taught.isWrong) return only([]);
  const align = place('align');
  if (align && (!recipe?.align || alignmentProblem(model, recipe.align, align.span))) return only([]);
  const encoded = recipe?.align ? teacherTokens(model, recipe.align) : null;
  let draws = 0;
  const { diagnostics, loss, ownLosses, weights } = elaborateObjective(
    model,
    { declaration, call, names: bound.names, hyperparameters: hyperparameterScope(model) },
    {
      x0: input('x0', image.value.shape),
      seed: input('seed', [2], 'i32'),
      nextStream: () => draws++,
      conditions: new Map(),
      averageOf: recipe && keepsAverages(recipe) ? averageOf : null,
      startOf,
      teacher: taught.teacher,
      encoded,
      batchParts: recipe?.accumulate ?? 1,
    },
  );
  if (!loss) return only(diagnostics);
  const losses = [loss, ...ownLosses.map((own) => own.loss)];
  const used = new Set(topological(losses));
  const { name } = declaration.name;
  return {
    diagnostics: [
      ...diagnostics,
      ...(encoded && used.has(encoded) ? [] : idleEncoder(section, name)),
      ...(isUsed(taught.teacher, used) ? [] : idleTeacher(section, name)),
    ],
    weights: [...weights, ...ownLosses.flatMap((own) => own.weights)],
    losses,
  };
}

function isUsed(teacher: CheckedTeacher['teacher'], used: ReadonlySet<Value>): boolean {
  return teacher?.model.weights.some((w) => used.has(teacher.variableOf(w))) ?? false;
}

/** The warning that a teacher has no use; none if the recipe has no teacher. */
function idleTeacher({ place }: Section, objective: string): readonly Diagnostic[] {
  const frozen = place('teacher');
  return frozen ? [diagnose('idle-frozen', frozen.span, { objective })] : [];
}

/** The warning that an encoder has no use; none if the recipe has no encoder, or one whose tokens have a loss of their own. */
function idleEncoder({ place, recipe }: Section, objective: string): readonly Diagnostic[] {
  const align = place('align');
  return align && recipe?.align?.kind === 'features' ? [diagnose('idle-encoder', align.span, { objective })] : [];
}
