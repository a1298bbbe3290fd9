/** What a training run asks of its data: the batch of any step, the same whenever it is asked. */
import type { HostTensors } from '../backends/session';

export interface TrainingData {
  /** Names of the classes, by label. */
  readonly classes: readonly string[];
  /** Number of different images. */
  readonly count: number;
  /** What the images and their encoders are; absent for data that a program makes and that no run can be held to. */
  readonly identity?: DataIdentity;
  /** What is read of the captions; absent for a model that reads none. */
  readonly texts?: TrainingTexts;
  /**
   * The batch of a step (the first is 0): `x0` `[batch, channels, height, width]` in [-1, 1] and the model's conditions
   * (`y` `[batch]`, `text` or `tokens`, `text_mask`, …). It depends on the step and the recipe's seed alone, so a resumed run sees what it would have seen.
   */
  batch(step: number): Promise<HostTensors>;
}

/** The captions of a training set, and how a prompt becomes what the model reads. */
export interface TrainingTexts {
  /** Every caption once. */
  readonly captions: readonly string[];
  /** The inputs that draw these prompts, a row each: `text` or `tokens`, `text_mask`, and those of the empty prompt (`…_none`). */
  conditions(prompts: readonly string[]): Promise<HostTensors>;
}

/** What a run is trained on, as digests that say whether two are the same. */
export interface DataIdentity {
  /** Of the pixels that are trained on, with the classes and captions they go with, wherever the files lie. */
  readonly images: { readonly count: number; readonly digest: string };
  /** Of the pictures that are paired with the images, by the input's name. */
  readonly paired?: { readonly [input: string]: string };
  /** Of what encodes the captions. */
  readonly encoder?: string;
  /** Of the files of the image encoder that the model is aligned with. */
  readonly teacher?: string;
}
