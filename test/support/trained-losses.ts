/** Trains for the losses of its steps alone, on data that are closed afterwards. */
import type { ModelGraph } from '../../src/compiler/lower/model';
import type { TrainRecipe } from '../../src/compiler/recipe/index';
import { train } from '../../src/index';
import type { openTrainingData } from '../../src/train/data';
import type { TrainOptions } from '../../src/train/train';

export interface TrainedOn {
  readonly model: ModelGraph;
  readonly recipe: TrainRecipe;
  readonly data: () => ReturnType<typeof openTrainingData>;
}

export async function trainedLosses(
  { model, recipe, data: open }: TrainedOn,
  steps: number,
  options: Pick<TrainOptions, 'out' | 'resume' | 'backend'>,
): Promise<number[]> {
  const data = await open();
  const found: number[] = [];
  try {
    for await (const { loss } of train(model, { ...recipe, steps }, { data, ...options })) found.push(loss);
  } finally {
    await data.close();
  }
  return found;
}
