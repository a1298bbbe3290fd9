/** Opens everything that a run reads: its training data, and the held-out images of its recipe. */
// Tested by test/train/stages.test.ts.
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import type { TrainingData } from './batches';
import { openTrainingData } from './data';
import { openBuckets, type BucketModel } from './open-buckets';
import { openValidation } from './validation';

export interface RunData {
  readonly data: TrainingData;
  /** Null if the recipe has no `validate`. */
  readonly validation: Pick<TrainingData, 'batch'> | null;
  /** Frees both. */
  close(): Promise<void>;
}

export async function openRunData(
  model: ModelGraph,
  recipe: TrainRecipe,
  { buckets, ...how }: Parameters<typeof openTrainingData>[2] & { readonly buckets?: readonly BucketModel[] } = {},
): Promise<RunData> {
  const data = buckets ? await openBuckets(buckets, recipe, how) : await openTrainingData(model, recipe, how);
  try {
    const validation = await openValidation(model, recipe, data, how);
    const close = async (): Promise<void> => {
      await validation?.close();
      await data.close();
    };
    return { data, validation, close };
  } catch (error) {
    await data.close();
    throw error;
  }
}
