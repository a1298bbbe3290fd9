/** What a network predicts, and the velocity that follows from it: flows are trained and sampled by velocity whatever is predicted. */
import { WeftError } from '../../diagnostics/diagnostic';
import type { Value } from '../../ir/graph';
import { textOf, type ModelGraph } from '../../lower/model';
import type { Prediction } from '../../lower/recipe';
import { div, maximum, mul, sub } from '../../ops/elementwise';
import { reshape } from '../../ops/movement';

/**
 * Which end of time is noise. `data-at-one`: x_t = t·x0 + (1-t)·noise, velocity x0 - noise, the model sees t.
 * `noise-at-one`: x_t = (1-σ)·x0 + σ·noise, velocity noise - x0, the model sees 1000·σ.
 */
export type TimeConvention = 'data-at-one' | 'noise-at-one';

/** Which end of time is noise: text models count noise levels, class models time (reference conventions). */
export function conventionOf(model: ModelGraph): TimeConvention {
  return textOf(model) ? 'noise-at-one' : 'data-at-one';
}

/** Names that a model gives the output it is trained for, and what they stand for. */
const outputNames: { readonly [K in Prediction]: readonly string[] } = {
  velocity: ['velocity', 'v'],
  x0: ['x0', 'clean'],
  noise: ['noise', 'epsilon', 'eps'],
};

/**
 * Velocities divide by the distance to the predicted end, which is not taken for less than this (as in JiT, arXiv
 * 2511.13720).
 */
const leastDistance = 0.05;

/** The output that is trained and integrated, by its name, or the only one where that says nothing: then a velocity. */
export function trainedOutput(model: ModelGraph): { readonly name: string; readonly prediction: Prediction } {
  for (const [prediction, names] of Object.entries(outputNames) as [Prediction, readonly string[]][]) {
    const name = names.find((n) => n in model.outputs);
    if (name !== undefined) return { name, prediction };
  }
  const names = Object.keys(model.outputs);
  if (names.length === 1) return { name: names[0], prediction: 'velocity' };
  throw new WeftError(
    `${model.name} has ${names.length} outputs and none is called velocity, so there is nothing to train or sample.`,
    'Call the output that is matched to the velocity `velocity`; one that predicts the clean image `x0`, the noise `noise`.',
  );
}

/**
 * The velocity at noisy images `[batch, channels, height, width]` and times `[batch]` as the model sees them, when `predicted`
 * is the clean image, the noise or the velocity itself. Near the end that is predicted it is damped.
 */
export function velocityFrom(
  prediction: Prediction,
  predicted: Value,
  noisy: Value,
  seen: Value,
  convention: TimeConvention,
): Value {
  if (prediction === 'velocity') return predicted;
  const time = reshape(convention === 'data-at-one' ? seen : mul(seen, 1e-3), {
    shape: noisy.shape.map((d, i) => (i === 0 ? d : 1)),
  });
  const towardsOne = (prediction === 'x0') === (convention === 'data-at-one');
  const distance = maximum(towardsOne ? sub(1, time) : time, leastDistance);
  // The velocity points to 1, so from the end at 0 to the noisy image, and from there to the end at 1.
  return div(towardsOne ? sub(predicted, noisy) : sub(noisy, predicted), distance);
}

/** The model with a `velocity` in place of what it predicts; the same model where that is a velocity. */
export function velocityModel(model: ModelGraph, prediction?: Prediction): ModelGraph {
  const trained = trainedOutput(model);
  const kind = prediction ?? trained.prediction;
  if (kind === 'velocity' && trained.name === 'velocity') return model;
  const { [trained.name]: predicted, ...others } = model.outputs;
  const image = model.inputs.find((i) => i.kind === 'image');
  const time = model.inputs.find((i) => i.kind === 'time');
  if (kind !== 'velocity' && (!image || !time)) throw new Error(`${model.name} has no noisy image or no time`);
  const velocity =
    image && time ? velocityFrom(kind, predicted, image.value, time.value, conventionOf(model)) : predicted;
  return { ...model, outputs: { velocity, ...others } };
}
