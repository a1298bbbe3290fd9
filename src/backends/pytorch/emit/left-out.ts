/** What the recipes of a spec ask for and the emitted train.py does not do: it is a plain loop, to go on from. */
// Tested by test/cli/emit.test.ts.
import type { TrainRecipe } from '../../../compiler/recipe/index';

/** The settings of a recipe, by their names in a spec, that train.py does not follow; sizes, rates and lengths are its options. */
export function leftOut(recipe: TrainRecipe): readonly string[] {
  const { objective, optimizer, schedule, warmup, phases, ema, clip } = recipe;
  const isPlainFlow = objective.kind === 'rectified_flow' && isEven(objective.time);
  const isPlainAdam =
    optimizer.kind === 'adamw' &&
    optimizer.decay === 0 &&
    optimizer.eps === 1e-8 &&
    optimizer.betas.join() === '0.9,0.999';
  const asked: { readonly [setting: string]: boolean } = {
    objective: !isPlainFlow,
    optimizer: !isPlainAdam,
    align: recipe.align !== undefined,
    teacher: recipe.teacher !== undefined,
    adapt: recipe.adapt !== undefined,
    train: recipe.train !== undefined,
    freeze: recipe.freeze !== undefined,
    warmup: warmup > 0,
    schedule: schedule !== undefined,
    clip: clip !== 1,
    ema: typeof ema !== 'number',
    drop: recipe.textDrop !== undefined || recipe.givenDrop !== undefined,
    given: recipe.given !== undefined,
    buckets: recipe.buckets !== undefined,
    precision: recipe.precision !== 'f32',
    phase: phases.length > 0,
  };
  return Object.keys(asked).filter((setting) => asked[setting]);
}

function isEven(time: { readonly kind: string; readonly shift: number }): boolean {
  return time.kind === 'uniform' && time.shift === 1;
}
