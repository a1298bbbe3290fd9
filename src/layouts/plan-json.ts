/** A plan as plain data, in bytes and seconds. */
// Tested by test/cli/plan.test.ts.
import type { TrainRecipe } from '../compiler/recipe/index';
import { extentOf } from '../study/extent';
import type { LayoutFigures } from './layout';
import type { LayoutPlan } from './plan-layouts';
import type { PlannedModel, PlannedStudy } from './plan-target';

export function planJson(planned: PlannedModel | PlannedStudy, recipe: TrainRecipe): object {
  const { name, batch, steps, precision } = recipe;
  if (planned.study === null) {
    const [first, ...later] = planned.stages;
    const whole = { model: first.model.name, recipe: { name, batch, steps, precision } };
    if (later.length === 0) return { ...whole, ...figures(first.plan, recipe) };
    const stages = planned.stages.map(({ from, until: end, changes, recipe: own, plan }) => ({
      ...{ from, until: end, changes, batch: own.batch, precision: own.precision },
      ...figures(plan, own),
    }));
    return { ...whole, stages };
  }
  const { study, cases, seeds } = planned;
  const extent = extentOf(cases.length > 0 ? cases.map((c) => c.recipe) : [recipe]);
  return {
    study: study.name,
    seeds,
    recipe: { name, ...extent, precision },
    cases: cases.map((c) => ({ case: c.name, ...figures(c.plan, c.recipe) })),
  };
}

function figures({ machine, layouts, best, ways }: LayoutPlan, { steps }: TrainRecipe): object {
  const { device, ...joined } = machine;
  return {
    machine: { ...joined, device },
    layouts: layouts.map((l) => ({ ...l, ...until(l, steps, machine.devices), best: l === best })),
    ways,
  };
}

/** Days and device-hours until a recipe is finished. */
export function until(l: LayoutFigures, steps: number, devices: number): { days: number; deviceHours: number } {
  const seconds = l.time.step * steps;
  return { days: seconds / 86400, deviceHours: (seconds / 3600) * devices };
}
