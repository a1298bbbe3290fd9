/** The loss on held-out images, at times and noise that are the same each time. */
import { counted } from '../compiler/diagnostics/counted';
import type { Session } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import { wordsIn } from '../text/vocabulary';
import type { TrainingData } from './batches';
import { openTrainingData } from './data';
import { stepSizes } from './steps';
import { scalarTensor } from './tensors';

/** The held-out images of a recipe, in batches of the size that a step computes at once; null if it names none. Close them after use. */
export async function openValidation(
  model: ModelGraph,
  recipe: TrainRecipe,
  trained: Pick<TrainingData, 'classes' | 'texts'>,
  how: Parameters<typeof openTrainingData>[2] = {},
): Promise<Awaited<ReturnType<typeof openTrainingData>> | null> {
  const { validate, accumulate: _, ...rest } = recipe;
  if (!validate) return null;
  const data = await openTrainingData(model, { ...rest, data: validate.data, batch: stepSizes(recipe).batch }, how);
  try {
    requireSameNames(data, trained, '`validate`');
    if (data.count < validate.images)
      throw new WeftError(
        `The data of \`validate\` have ${counted(data.count, 'image')}, and ${validate.images} are asked for.`,
        `Write \`images: ${data.count}\` or fewer.`,
      );
    tellMeasured(data.count, stepSizes(recipe).batch, validate.images, how.onWarning);
    return data;
  } catch (error) {
    await data.close();
    throw error;
  }
}

/** Reports that whole batches hold other images than those asked for. */
function tellMeasured(
  count: number,
  batch: number,
  images: number,
  tell = (text: string): void => console.error(text),
): void {
  if (images % batch === 0) return;
  const measured = batch * batchesOf(images, batch);
  const twice = measured > count ? `, some of them more than once, since there are ${count}` : '';
  tell(
    `The loss on held-out images is that of ${measured}, not ${images}${twice}: batches of ${batch} are taken whole. ` +
      `Write \`images: ${measured}\`, or another multiple of ${batch}.`,
  );
}

/** Whole batches of so many images, but at least one. */
function batchesOf(images: number, batch: number): number {
  return Math.max(1, Math.floor(images / batch));
}

/** Other data of a run need the same names in the same order, since that gives classes and words their numbers. `where` names the setting. */
export function requireSameNames(
  data: Pick<TrainingData, 'classes' | 'texts'>,
  trained: Pick<TrainingData, 'classes' | 'texts'>,
  where: string,
): void {
  const differ = (a: readonly string[] = [], b: readonly string[] = []): boolean => a.join('\n') !== b.join('\n');
  const words = (texts: TrainingData['texts']): readonly string[] => (texts ? wordsIn(texts.captions) : []);
  if (differ(data.classes, trained.classes))
    throw new WeftError(
      `The data of ${where} have the classes ${data.classes.join(', ')}; the run began with ${trained.classes.join(', ')}.`,
      'Give both the same classes, in subfolders of the same names.',
    );
  if (differ(words(data.texts), words(trained.texts)))
    throw new WeftError(
      `The captions of ${where} have other words than those that the run began with.`,
      'Take images whose captions have the same words.',
    );
}

/** The mean over whole batches of the held-out images: as many as fit into `images`, but at least one. */
export async function validationLoss(
  session: Session,
  recipe: TrainRecipe,
  data: Pick<TrainingData, 'batch'>,
): Promise<number> {
  const count = batchesOf(recipe.validate?.images ?? 0, stepSizes(recipe).batch);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const inputs = { ...(await data.batch(i)), seed: scalarTensor(recipe.seed, 'i32'), draw: scalarTensor(i, 'i32') };
    sum += (await session.run('validate_step', inputs)).loss.data[0];
  }
  return sum / count;
}
