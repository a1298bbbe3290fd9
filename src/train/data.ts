/** The images of a recipe as training batches. */
import { existsSync } from 'node:fs';
import type { HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/lower/recipe';
import { alignment } from '../compiler/programs/objectives/alignment';
import { batches, type Batch } from '../data/batches';
import type { CacheOptions } from '../data/image-cache';
import { openImageSet, type ImageSet } from '../data/image-set';
import type { TrainingData } from './batches';
import type { Teacher } from './teacher';

/** Opens the recipe's images at the model's size; close the data after use. */
export async function openTrainingData(
  model: ModelGraph,
  recipe: TrainRecipe,
  options: CacheOptions = {},
): Promise<TrainingData & { close(): Promise<void> }> {
  const image = model.inputs.find((i) => i.kind === 'image');
  if (image?.kind !== 'image') throw new WeftError(`${model.name} has no image input to train on.`);
  const labelled = model.inputs.some((i) => i.kind === 'class');
  const other = model.inputs.find((i) => i.kind === 'text' || i.kind === 'tensor');
  if (other) {
    throw new WeftError(
      `${model.name} is conditioned on \`${other.name}\`, which image sets do not have.`,
      'Train a model whose only conditions are time and class.',
    );
  }
  const set = await openImageSet(recipe.data, image, options);
  if (set.channels !== image.channels) {
    await set.close();
    throw new WeftError(
      `The images have ${set.channels} channels, but ${model.name} takes ${image.channels}.`,
      `Build the model with --set channels=${set.channels}.`,
    );
  }
  const teacher = await teacherOf(model, recipe).catch(async (error: unknown) => {
    await set.close();
    throw error;
  });
  const stream = new BatchStream(set, recipe);
  const batch = async (step: number): Promise<HostTensors> => {
    const { images, labels } = await stream.at(step);
    const given: HostTensors = labelled ? { x0: images, y: labels } : { x0: images };
    return teacher ? { ...given, teacher: await teacher.encode(images) } : given;
  };
  const close = async (): Promise<void> => {
    await teacher?.close();
    await set.close();
  };
  return { classes: set.classes, count: set.count, batch, close };
}

/** The encoder that the recipe aligns with, asked for as many tokens as the train step takes. */
async function teacherOf(model: ModelGraph, { align }: TrainRecipe): Promise<Teacher | null> {
  if (!align) return null;
  const [{ shape }] = alignment(model, align).inputs;
  if (!existsSync(align.teacher)) {
    throw new WeftError(
      `The image encoder ${align.teacher} that the recipe aligns with does not exist.`,
      'Export one to ONNX with the image as input and its tokens as output, or leave `align` out of the recipe.',
    );
  }
  const { openTeacher } = await import('./teacher');
  return openTeacher(align.teacher, { tokens: Number(shape[1]), width: Number(shape[2]) });
}

/** Batches by step: read ahead where steps follow each other, started anew where they do not. */
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
      const flip = data.kind !== 'mnist' && data.flip;
      this.stream = batches(this.set, { batch, seed, flip, startStep: step });
    }
    this.next = step + 1;
    const { value } = await this.stream.next();
    return value as Batch;
  }
}
