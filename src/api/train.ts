/** Trains from a program: opens the images of the recipe unless others are given. */
// Tested by test/train/before-data.test.ts.
import { requireOptions } from '../compiler/diagnostics/require-kind';
import type { ModelGraph } from '../compiler/lower/model';
import { requireModel } from '../compiler/lower/require-model';
import type { TrainRecipe } from '../compiler/recipe/index';
import { checkBeforeData } from '../train/before-data';
import { requireRecipe } from '../train/run-schema';
import type { BucketModel } from '../train/open-buckets';
import { openRunData, type RunData } from '../train/open-run-data';
import { bucketsOf } from '../train/stages';
import type { TeacherOptions } from '../train/open-teacher';
import type { TrainMetrics } from '../train/metrics';
import { origins } from './origins';
import { train as trainOn, type TrainOptions } from '../train/train';

/** Like `TrainOptions`, but `data` may be left out; then it is the data that the recipe names. */
export type TrainCallOptions = Omit<TrainOptions, 'data'> &
  Partial<Pick<TrainOptions, 'data'>> &
  Pick<TeacherOptions, 'teacher'>;

/**
 * Trains and reports every step. With `out`, the run has a folder with checkpoints, metrics, weights and samples, and can
 * be resumed; without it, take what you need from the events. To end the run, stop the loop.
 * Throws a `WeftError` before the first step where the recipe does not fit its model or data, or the folder has another run, and later where a
 * loss or gradient is no number.
 *
 *     for await (const { step, loss } of train(model, recipe, { out: 'runs/first' })) console.log(step, loss);
 */
export async function* train(
  model: ModelGraph,
  recipe: TrainRecipe,
  options: TrainCallOptions = {},
): AsyncGenerator<TrainMetrics, void> {
  requireModel(model);
  requireOptions(options);
  requireRecipe(recipe);
  const origin = origins.get(model);
  options = { ...origin, ...options };
  const { teacher = origin?.teacherOf(recipe), backend, threads } = options;
  options = { ...options, teacher };
  if (options.data) return yield* trainOn(model, recipe, { ...options, data: options.data });
  await checkBeforeData(model, recipe, options);
  const openData = (of: ModelGraph, by: TrainRecipe, buckets?: readonly BucketModel[]): Promise<RunData> =>
    openRunData(of, by, { teacher, backend, threads, buckets });
  const { data, validation, close } = await openData(model, recipe, bucketsOf(model, { recipe }, options));
  try {
    yield* trainOn(model, recipe, { openData, ...options, data, validation });
  } finally {
    await close();
  }
}
