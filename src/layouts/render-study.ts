/** The plan of a study as a table: the best layout that fits for each case, and the total. */
// Tested by test/cli/plan.test.ts.
import { counted } from '../compiler/diagnostics/counted';
import type { TrainRecipe } from '../compiler/recipe/index';
import { stagesOf } from '../compiler/recipe/stages';
import { aligned, bytes } from '../compiler/report/render';
import type { Machine } from './machine';
import { extentOf, renderExtent } from '../study/extent';
import { until } from './plan-json';
import { inWords } from './plan-layouts';
import type { PlannedStudy } from './plan-target';
import { amount, machineLines, milliseconds, notes, percent } from './render';

export function renderPlanOfStudy(
  { study, cases, seeds }: PlannedStudy,
  recipe: TrainRecipe,
  machine: Machine,
): string {
  const header = ['case', 'layout', 'images', 'times', 'memory', 'step', 'MFU', 'device-hours'];
  const hours = ({ plan: { best }, recipe: own }: PlannedStudy['cases'][number]): number =>
    best ? seeds * until(best, own.steps, machine.devices).deviceHours : 0;
  const rows = cases.map((c) => {
    const { name, plan } = c;
    const { best } = plan;
    if (!best) return [name, 'nothing fits', '', '', '', '', '', ''];
    const cost = amount(hours(c));
    return [
      name,
      inWords(best),
      `${best.images}`,
      `${best.accumulate}`,
      bytes(best.memory.total),
      milliseconds(best.time.step),
      percent(best.mfu),
      cost,
    ];
  });
  const ways = cases.flatMap(({ name, plan }) => (plan.ways.length > 0 ? [`  ${name}: ${plan.ways.join('; ')}`] : []));
  const all = cases.reduce((sum, c) => sum + hours(c), 0);
  const extent = extentOf(cases.length > 0 ? cases.map((c) => c.recipe) : [recipe]);
  const times = seeds > 1 ? `, each ${seeds} times` : '';
  return [
    `${study.kind} ${study.name} by ${recipe.name}: ${counted(cases.length, 'case')}${times}, ${renderExtent(extent)} ${extent.batch === 1 ? 'image' : 'images'}, ${recipe.precision}`,
    ...machineLines(recipe, machine),
    '',
    ...aligned([header, ...rows], 2),
    '',
    `All cases: ${amount(all)} device-hours, ${amount(all / machine.devices / 24)} days one after the other.`,
    ...(stagesOf(recipe).length > 1
      ? ['Each as its recipe begins: what phases change of batch, data or precision is left out.']
      : []),
    ...(ways.length > 0 ? ['What would fit:', ...ways] : []),
    '',
    ...notes(recipe, machine),
  ].join('\n');
}
