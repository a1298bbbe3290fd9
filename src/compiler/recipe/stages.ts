/** The stages of a run: each is trained by one program, on one model and one set of data. Rates and clipping change within them. */
import type { PhaseChanges, TrainRecipe } from './train';

export interface Stage {
  /** Steps that are done before it, and those that are done after it. */
  readonly from: number;
  readonly until: number;
  /** The recipe with the settings of all phases up to here in place; its phases and its length are those of the whole run. */
  readonly recipe: TrainRecipe;
  /** Hyper-parameters of the model that phases have set so far, as text. */
  readonly hyperparameters: { readonly [name: string]: string };
}

/** The stages of a recipe in order, one at least; together they make all its steps. */
export function stagesOf(recipe: TrainRecipe): readonly Stage[] {
  const turns = recipe.phases.filter((p) => p.changes !== undefined && p.at < recipe.steps);
  const stages: Stage[] = [];
  let stage: Stage = { from: 0, until: recipe.steps, recipe, hyperparameters: {} };
  for (const { at, changes = {} } of turns) {
    if (at > stage.from) stages.push({ ...stage, until: at });
    stage = { ...changed(stage, changes), from: at };
  }
  return [...stages, stage];
}

/** The stage that does the step after `done` steps; after the end of a run the last. */
export function stageAfter<S extends Stage>(stages: readonly S[], done: number): S {
  return stages.find((s) => done < s.until) ?? stages[stages.length - 1];
}

function changed(stage: Stage, { drop, hyperparameters, ...settings }: PhaseChanges): Stage {
  const { labelDrop: _1, textDrop: _2, givenDrop: _3, ...others } = stage.recipe;
  return {
    ...stage,
    recipe: drop ? { ...others, ...settings, ...drop } : { ...stage.recipe, ...settings },
    hyperparameters: { ...stage.hyperparameters, ...hyperparameters },
  };
}

/** What a stage changes, in words: `size 64x64, batch 16`. Empty for one that changes nothing. */
export function describeStage(stage: Stage, before: Stage | null, recipe: TrainRecipe): string {
  const old = before ?? { recipe, hyperparameters: {} };
  const shown = (r: TrainRecipe): { readonly [setting: string]: unknown } => ({
    batch: r.batch,
    data: r.data,
    precision: r.precision,
    ema: r.ema,
    drop: [r.labelDrop, r.textDrop, r.givenDrop],
  });
  const [was, is] = [shown(old.recipe), shown(stage.recipe)];
  const texts = Object.entries(stage.hyperparameters).filter(
    ([name, text]) => new Map(Object.entries(old.hyperparameters)).get(name) !== text,
  );
  const settings = Object.keys(is).filter((key) => JSON.stringify(is[key]) !== JSON.stringify(was[key]));
  const short = (key: string): string =>
    ['batch', 'precision', 'ema'].includes(key) && typeof is[key] !== 'object' ? `${key} ${is[key]}` : `other ${key}`;
  return [...texts.map(([name, text]) => `${name} ${text}`), ...settings.map(short)].join(', ');
}
