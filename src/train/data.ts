/** The images of a recipe as training batches. */
import { counted } from '../compiler/diagnostics/counted';
import type { HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { pairedFolders } from '../compiler/lower/givens/paired';
import { conditionsOf, exampleGiven } from '../compiler/lower/givens/conditions';
import { noisyImageOf } from '../compiler/lower/conventions';
import { textOf, type ImageInput, type ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import { batches, type Batch } from '../data/batches';
import type { CacheOptions } from '../data/image-cache';
import { openImageSet, type ImageSet } from '../data/image-set';
import type { FolderOptions } from '../data/sources/folder';
import { textInputOf, type TextInput } from '../text/conditions';
import type { TrainingData } from './batches';
import { openCaptions, type CaptionOptions, type TrainingCaptions } from './captions';
import { digestOfAll, fingerprintOf, imagesOf } from './identity';
import { openPairs, type TrainingPairs } from './pairs';
import { openTeacherOf, type TeacherOptions } from './open-teacher';
import type { Teacher } from './teacher';
import { ownValue } from '../compiler/own-value';

/** Opens the recipe's images at the model's size; close the data after use. Files that are not read are reported on stderr, or to `onWarning`. */
export async function openTrainingData(
  model: ModelGraph,
  recipe: TrainRecipe,
  how: CacheOptions & CaptionOptions & TeacherOptions & Pick<FolderOptions, 'onListing' | 'form'> = {},
): Promise<TrainingData & { close(): Promise<void> }> {
  const options = { onWarning: (text: string): void => console.error(text), ...how };
  const image = trainedImage(model);
  const labelled = model.inputs.some((i) => i.kind === 'class');
  const input = trainedText(model, recipe);
  // Partners belong to the pictures that can be read, so those must be known.
  const late = pairedFolders(recipe.given).size === 0;
  const set = await openImageSet(recipe.data, image, { ...options, captions: recipe.text !== undefined, late });
  tellClasses(model, set, options.onWarning);
  const opened = await openParts(model, recipe, { input, set }, options).catch(async (error: unknown) => {
    await set.close();
    throw error;
  });
  const { teacher, captions, pairs } = opened;
  const stream = new BatchStream(set, recipe);
  const batch = async (step: number): Promise<HostTensors> => {
    const shown = await stream.at(step);
    const { images, labels } = shown;
    return {
      x0: images,
      ...(labelled && { y: labels }),
      ...captions?.inputs(shown.captions),
      ...(await pairs.inputs(shown)),
      ...(teacher && { teacher: await teacher.encode(images) }),
    };
  };
  const close = async (): Promise<void> => {
    await teacher?.close();
    await captions?.close();
    await pairs.close();
    await set.close();
  };
  const { classes } = set;
  const identity = fingerprintOf(set, { encoder: captions?.encoder, teacher: teacher?.digest, paired: pairs.digests });
  const wholeDigest = async (): Promise<string> => {
    await set.renderAll?.();
    return digestOfAll(set, captions !== null);
  };
  return {
    classes,
    count: imagesOf(set),
    identity,
    batch,
    close,
    ...(set.renderAll && { wholeDigest }),
    ...(captions && { texts: captions }),
  };
}

/** Reports classes of the model that the data do not have: nothing trains them. */
export function tellClasses(
  { name, inputs }: ModelGraph,
  { classes }: ImageSet,
  tell: CacheOptions['onWarning'],
): void {
  const label = inputs.find((i) => i.kind === 'class');
  if (label?.kind !== 'class' || classes.length >= label.classes) return;
  const last = label.classes - 1;
  const missing = classes.length === last ? `class ${last} is` : `classes ${classes.length} to ${last} are`;
  tell?.(
    `The data have ${counted(classes.length, 'class', 'classes')}, but ${name} knows ${label.classes}: ${missing} never trained.`,
  );
}

/** The image that a model is trained on. */
export function trainedImage(model: ModelGraph): ImageInput {
  const image = noisyImageOf(model);
  if (!image) throw new WeftError(`${model.name} has no image input to train on.`);
  return image;
}

/** The text input of a model that is trained on captions; null for a model that reads no text. */
export function trainedText(model: ModelGraph, { text, given }: TrainRecipe): TextInput | null {
  const input = textOf(model);
  const unfed = conditionsOf(model).find((i) => !ownValue(given ?? {}, i.name));
  if (unfed) {
    throw new WeftError(
      `${model.name} is conditioned on \`${unfed.name}\`, and its recipe does not say where that comes from.`,
      `Add to the recipe, for instance: ${exampleGiven(model, unfed)}`,
    );
  }
  if (input && !text) {
    throw new WeftError(
      `${model.name} reads texts, but its recipe does not say how captions become features.`,
      `Add to the recipe, for instance: text = text(encoder: ${input.kind === 'text' ? 'words' : 'vocabulary'}, length: 16)`,
    );
  }
  if (!input && text) {
    throw new WeftError(`The recipe encodes captions, but ${model.name} reads no text.`, 'Leave `text` out of it.');
  }
  return text ? textInputOf(model, text) : null;
}

/** Opens everything that goes with the images: their captions as features, and the encoder of an alignment. */
async function openParts(
  model: ModelGraph,
  recipe: TrainRecipe,
  { input, set }: { readonly input: TextInput | null; readonly set: ImageSet },
  options: CacheOptions & CaptionOptions & TeacherOptions,
): Promise<{ teacher: Teacher | null; captions: TrainingCaptions | null; pairs: TrainingPairs }> {
  const pairs = await openPairs(model, recipe, set, options);
  const reading = recipe.text && input ? { settings: recipe.text, input } : null;
  const captions = reading && (await openCaptions(set.places?.captions ?? set.captions, recipe, reading, options));
  return { captions, pairs, teacher: await openTeacherOf(model, recipe, options) };
}

/** Batches by step: read ahead while steps are consecutive, and started again otherwise. */
class BatchStream {
  private stream: AsyncGenerator<Batch> | null = null;
  private next = 0;

  constructor(
    private readonly set: ImageSet,
    private readonly recipe: TrainRecipe,
  ) {}

  async at(step: number): Promise<Batch> {
    const { batch, seed, data } = this.recipe;
    if (!this.stream || step !== this.next) {
      const flip = 'flip' in data && data.flip;
      this.stream = batches(this.set, { batch, seed, flip, startStep: step });
    }
    this.next = step + 1;
    const { value } = await this.stream.next();
    return value;
  }
}
