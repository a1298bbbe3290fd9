/** The data of a recipe with buckets: one set of images for each size, and steps that show one of them each. */
// Tested by test/train/buckets.test.ts.
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import { BucketOrder } from '../data/bucket-order';
import { cacheKey } from '../files/cache';
import type { DataIdentity, TrainingData } from './batches';
import { openTrainingData, trainedImage } from './data';
import { requireSameNames } from './validation';

/** A bucket of a recipe with the model for its size. */
export interface BucketModel {
  readonly model: ModelGraph;
  readonly size: string;
  readonly batch: number;
}

/** Opens the images of all buckets. Close the data after use. */
export async function openBuckets(
  buckets: readonly BucketModel[],
  recipe: TrainRecipe,
  how: Parameters<typeof openTrainingData>[2] = {},
): Promise<Awaited<ReturnType<typeof openTrainingData>>> {
  if (recipe.data.kind !== 'folder')
    throw new WeftError(
      `Buckets are for pictures in a folder, and the data are ${recipe.data.kind}().`,
      'Write data = folder("…"), or leave `buckets` out.',
    );
  const sizes = buckets.map(({ model }) => trainedImage(model));
  // What is true of the whole folder is told by each bucket.
  const told = new Set<string>();
  const { onWarning = (text: string): void => console.error(text) } = how;
  const tellOnce = (text: string): void => {
    if (!told.has(text)) onWarning(text);
    told.add(text);
  };
  const opened: Awaited<ReturnType<typeof openTrainingData>>[] = [];
  const close = async (): Promise<void> => {
    for (const data of opened) await data.close();
  };
  try {
    for (const [index, { model, batch, size }] of buckets.entries()) {
      const data = await openTrainingData(
        model,
        { ...recipe, batch },
        { ...how, onWarning: tellOnce, form: { sizes, index } },
      );
      opened.push(data);
      const { encoder } = recipe.text ?? {};
      // An encoder that numbers words by the captions must number them alike.
      if (encoder === 'words' || encoder === 'vocabulary') requireSameNames(data, opened[0], `the bucket ${size}`);
    }
    return { ...joined(opened, buckets, recipe.seed), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function joined(sets: readonly TrainingData[], buckets: readonly BucketModel[], seed: number): TrainingData {
  const [{ classes, texts }] = sets;
  const order = new BucketOrder(
    sets.map(({ count }, i) => ({ images: count, batch: buckets[i].batch })),
    seed,
  );
  const identity = identityOf(sets);
  return {
    classes,
    count: sets.reduce((sum, { count }) => sum + count, 0),
    ...(identity && { identity }),
    ...(texts && {
      texts: { ...texts, captions: [...new Set(sets.flatMap((set) => set.texts?.captions ?? []))] },
    }),
    batch: (step) => {
      const { bucket, step: own } = order.at(step);
      return sets[bucket].batch(own);
    },
    bucketAt: (step) => order.at(step).bucket,
    bucketCounts: sets.map(({ count }) => count),
  };
}

/** The identity of all sets together; undefined if one has none. */
function identityOf(sets: readonly TrainingData[]): DataIdentity | undefined {
  const all = sets.map((set) => set.identity);
  const [first] = all;
  if (!first || all.some((identity) => !identity)) return undefined;
  const digests = all.map((identity) => identity?.images.digest);
  const sources = all.map((identity) => identity?.images.source);
  return {
    ...first,
    images: {
      count: all.reduce((sum, identity) => sum + (identity?.images.count ?? 0), 0),
      ...(digests.every((d) => d !== undefined) && { digest: cacheKey(digests) }),
      ...(sources.every((s) => s !== undefined) && { source: cacheKey(sources) }),
    },
  };
}
