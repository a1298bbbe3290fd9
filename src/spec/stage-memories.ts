/** The memory of a training step in each phase and bucket of a recipe, which may train with other sizes and batches. */
import type { Spec } from '../compiler/compile';
import type { TrainRecipe } from '../compiler/recipe/index';
import { describeStage, stagesOf } from '../compiler/recipe/stages';
import { memoryOf } from '../compiler/report/memory';
import { elaborateModel } from './open';

export interface StageMemory {
  /** `from step 1000: size 64x64`, `bucket 24x32`. */
  readonly when: string;
  /** Bytes at the fullest moment of a step. */
  readonly total: number;
}

/** Empty for a recipe that trains with one program. `set` are hyper-parameters that were set by hand. */
export function stageMemories(
  spec: Spec,
  recipe: TrainRecipe,
  set: { readonly [name: string]: string },
): readonly StageMemory[] {
  const stages = stagesOf(recipe);
  if (stages.length === 1 && stages[0].recipe === recipe && !recipe.buckets) return [];
  return stages.flatMap((stage, i) => {
    const changes = describeStage(stage, stages[i - 1] ?? null, recipe);
    const from = stages.length > 1 || changes !== '' ? [`from step ${stage.from}${changes && `: ${changes}`}`] : [];
    const memory = (when: string, own: TrainRecipe, changed: { readonly [name: string]: string }): StageMemory => {
      const model = elaborateModel(spec, recipe.model, { ...set, ...stage.hyperparameters, ...changed });
      return { when: [...from, ...(when ? [when] : [])].join(', '), total: memoryOf(model, own).total };
    };
    const { buckets } = stage.recipe;
    if (!buckets) return [memory('', stage.recipe, {})];
    return buckets.map(({ size, batch = stage.recipe.batch }) =>
      memory(`bucket ${size} of ${batch}`, { ...stage.recipe, batch }, { size }),
    );
  });
}
