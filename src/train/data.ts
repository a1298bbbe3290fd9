/** The images of a recipe as training batches. */
import type { HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/lower/recipe';
import { batches, type Batch } from '../data/batches';
import type { CacheOptions } from '../data/image-cache';
import { openImageSet, type ImageSet } from '../data/image-set';
import type { TrainingData } from './batches';

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
  const stream = new BatchStream(set, recipe);
  const batch = async (step: number): Promise<HostTensors> => {
    const { images, labels } = await stream.at(step);
    return labelled ? { x0: images, y: labels } : { x0: images };
  };
  return { classes: set.classes, count: set.count, batch, close: () => set.close() };
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
