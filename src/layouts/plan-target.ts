/** The plan for the target of a recipe: one model, or every case of a study. */
// Tested by test/cli/plan.test.ts.
import type { Spec } from '../compiler/compile';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import { describeStage, stagesOf } from '../compiler/recipe/stages';
import { isLeftOut, type Study } from '../compiler/sections/study';
import { elaborateModel, elaborateTeacher, requireFit, studyNamed } from '../spec/open';
import { SpecError } from '../spec/spec-error';
import { demandOf } from './demand';
import type { Machine } from './machine';
import { planLayouts, type LayoutPlan } from './plan-layouts';

export interface PlannedModel {
  readonly study: null;
  /** In order; one for a recipe whose phases change rates and clipping alone. */
  readonly stages: readonly PlannedStage[];
}

export interface PlannedStage {
  readonly model: ModelGraph;
  /** The recipe as it stands in this stage; its steps are those of the stage. */
  readonly recipe: TrainRecipe;
  readonly plan: LayoutPlan;
  /** The steps done before and after it, and what it changes, in words. */
  readonly from: number;
  readonly until: number;
  readonly changes: string;
}

export interface PlannedStudy {
  readonly study: Study;
  readonly cases: readonly { readonly name: string; readonly recipe: TrainRecipe; readonly plan: LayoutPlan }[];
  /** The number of seeds that each is trained with. */
  readonly seeds: number;
}

/** Plans with hyper-parameters as written on the command line; `recipeOf` gives the recipe of a case. Combinations that a sweep excludes are left out. */
export function planTarget(
  spec: Spec,
  recipeOf: (studied?: string) => TrainRecipe,
  set: { readonly [name: string]: string },
  machine: Machine,
): PlannedModel | PlannedStudy {
  const recipe = recipeOf();
  const teacher = elaborateTeacher(spec, recipe);
  const planOf = (model: ModelGraph, own: TrainRecipe): LayoutPlan => {
    requireFit(spec, own, model);
    return planLayouts(demandOf(model, own, teacher), own, machine);
  };
  const study = studyNamed(spec, recipe.model);
  if (!study) {
    requireFit(spec, recipe, elaborateModel(spec, recipe.model, set));
    const stages = stagesOf(recipe).map((stage, i, all): PlannedStage => {
      const { from, until } = stage;
      const model = elaborateModel(spec, recipe.model, { ...set, ...stage.hyperparameters });
      const own = { ...stage.recipe, steps: until - from, phases: [] };
      const plan = planLayouts(demandOf(model, own, teacher), own, machine);
      return { model, recipe: own, plan, from, until, changes: describeStage(stage, all[i - 1] ?? null, recipe) };
    });
    return { study: null, stages };
  }
  const cases = study.cases.flatMap(({ name, elaborate }) => {
    const { model, diagnostics } = elaborate(set);
    const own = recipeOf(name);
    if (model) return [{ name, recipe: own, plan: planOf(model, own) }];
    const errors = diagnostics.filter((d) => d.severity === 'error' && !isLeftOut(study, d));
    if (errors.length > 0) throw new SpecError(errors);
    return [];
  });
  return { study, cases, seeds: recipe.seeds ?? 1 };
}
