/** The data of a training run: the batch of any step, which is the same each time it is asked for. */
import type { HostTensors } from '../backends/session';

export interface TrainingData {
  /** Names of the classes, by label. */
  readonly classes: readonly string[];
  /** Number of different images. */
  readonly count: number;
  /** The images and their encoders; absent for data that a program makes, on which no resumed run is checked. */
  readonly identity?: DataIdentity;
  /** Renders the images that are left and gives the digest of all; absent if `identity` has it. */
  readonly wholeDigest?: () => Promise<string>;
  /** The captions; absent for a model that reads none. */
  readonly texts?: TrainingTexts;
  /**
   * The batch of a step (the first is 0): `x0` `[batch, channels, height, width]` in [-1, 1] and the model's conditions
   * (`y` `[batch]`, `text` or `tokens`, `text_mask`, …). It depends only on the step and the recipe's seed, so a resumed run gets the same batches.
   */
  batch(step: number): Promise<HostTensors>;
  /** The number of the recipe's bucket that a step shows; absent without buckets. */
  readonly bucketAt?: (step: number) => number;
  /** The number of images in each of them. */
  readonly bucketCounts?: readonly number[];
}

/** The captions of a training set, and how prompts are turned into the model's input. */
export interface TrainingTexts {
  /** Every caption once. */
  readonly captions: readonly string[];
  /** The inputs that draw these prompts, one row for each: `text` or `tokens`, `text_mask`, and those of the empty prompt (`…_none`). */
  conditions(prompts: readonly string[]): Promise<HostTensors>;
}

/** The data of a run as digests, which tell whether two runs are trained on the same. */
export interface DataIdentity {
  /**
   * The training images, by two digests that include their classes and captions and do not depend on where the files lie: `digest` is of
   * their pixels and absent as long as some are not rendered, `source` is of their files and absent for small sets.
   */
  readonly images: { readonly count: number; readonly digest?: string; readonly source?: string };
  /** Digests of the pictures that are paired with the images, by the input's name. */
  readonly paired?: { readonly [input: string]: string };
  /** Digest of the text encoder. */
  readonly encoder?: string;
  /** Digest of the files of the image encoder that the model is aligned with. */
  readonly teacher?: string;
}
