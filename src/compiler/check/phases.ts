/** Phases go on with the state of the run: the weights of the model, its averages, and data of the same form. */
// Tested by test/diagnostics/cases.test.ts.
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { Elaborated } from '../lower/elaborate';
import { averagesOf } from '../recipe/averages';
import { sourceNamed } from '../recipe/data/index';
import { stagesOf, type Stage } from '../recipe/stages';
import type { PhaseChanges } from '../recipe/index';
import type { Span } from '../source';
import type { PhaseEntry } from '../syntax/ast';
import { changedModel } from './changed-model';
import { channelsProblem } from './data';
import { startOf, type Training } from './training';

/**
 * The errors of the phases of a train section. `build` gives its model with the hyper-parameters of a stage; null for a model that
 * was changed by hand, whose stages are built when it is trained.
 */
export function checkPhases(training: Training, build: ((stage: Stage) => Elaborated) | null): readonly Diagnostic[] {
  const { section, recipe } = training;
  if (!recipe) return [];
  const written = section.entries.filter((e): e is PhaseEntry => e.kind === 'phase');
  const stages = stagesOf(recipe);
  return recipe.phases.flatMap(({ at, changes }, i) => {
    const entry = written.length === recipe.phases.length ? written[i] : undefined;
    const stage = stages.find((s) => s.from === at);
    if (!changes || !stage) return [];
    const place = (setting: string): Span => placeOf(entry, setting) ?? startOf(section);
    return [
      ...checkChanges(training, changes, place),
      ...(build ? checkModel(training, stage, changes, { place, build }) : []),
    ];
  });
}

function checkChanges(
  { recipe, model }: Training,
  { batch, ema, data }: PhaseChanges,
  place: (setting: string) => Span,
): Diagnostic[] {
  const accumulate = recipe?.accumulate ?? 1;
  const names = (averages: Parameters<typeof averagesOf>[0]): string =>
    averagesOf(averages)
      .map((a) => a.name)
      .join(', ');
  const [kept, asked] = [names(recipe?.ema ?? null), names(ema ?? null)];
  const source = data ? sourceNamed(data.kind) : null;
  return [
    ...(batch !== undefined && batch % accumulate !== 0
      ? [diagnose('batch-parts', place('batch'), { batch, accumulate })]
      : []),
    ...(ema !== undefined && kept !== asked ? [diagnose('phase-average', place('ema'), { kept, asked })] : []),
    ...(source ? channelsProblem(model, source, place('data')) : []),
  ];
}

/** The model of a stage is built, and has the weights that the run has. */
function checkModel(
  { model }: Training,
  stage: Stage,
  { hyperparameters = {} }: PhaseChanges,
  { place, build }: { readonly place: (setting: string) => Span; readonly build: (stage: Stage) => Elaborated },
): readonly Diagnostic[] {
  const [setting] = Object.keys(hyperparameters);
  if (setting === undefined) return [];
  const span = place(setting);
  const asked = { span, message: 'in the phase that sets it here' };
  const { errors, weight } = changedModel(model, build(stage), asked);
  return weight ? [...errors, diagnose('phase-weights', span, { setting, weight })] : errors;
}

function placeOf(entry: PhaseEntry | undefined, setting: string): Span | undefined {
  const found = entry?.entries.find((e) => e.kind === 'setting' && e.path[0].name === setting);
  return found?.kind === 'setting' ? found.value.span : undefined;
}
