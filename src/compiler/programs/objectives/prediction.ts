/** Computes the velocity from a network's prediction. Flows are trained and sampled by velocity, whatever the network predicts. */
import { catalog } from '../../diagnostics/catalog';
import { WeftError } from '../../diagnostics/diagnostic';
import type { Value } from '../../ir/graph';
import type { TimeScale } from '../../lower/conventions';
import type { ModelGraph } from '../../lower/model';
import { wrongPrediction } from '../../lower/prediction-shape';
import type { Prediction } from '../../recipe/index';
import { add, div, maximum, mul, sub } from '../../ops/elementwise';
import { reshape } from '../../ops/movement';

/** Throws if the output does not have the shape of the model's image. */
export function requireImageShape(model: ModelGraph): void {
  const wrong = wrongPrediction(model);
  if (!wrong) return;
  throw new WeftError(
    catalog['prediction-shape'].message(wrong),
    `State the output's type, \`output ${wrong.output}: image(size)\`: \`weft check\` then says where they differ.`,
  );
}

/** The end of a flow at its own time 1; the other end is at 0. Velocities point to the end at 1. */
export type TimeEnd = 'data' | 'noise';

/** The end at which the model's time is larger. */
export function endAtOne({ noise, data }: TimeScale): TimeEnd {
  return data > noise ? 'data' : 'noise';
}

/** The times that the model sees at 0 and at 1 of a flow's own time. */
export function seenEnds({ noise, data }: TimeScale): { readonly zero: number; readonly one: number } {
  return { zero: Math.min(noise, data), one: Math.max(noise, data) };
}

/** Turns a flow's own times, between 0 and 1, into those that the model sees. */
export function seenTime(time: Value, scale: TimeScale): Value {
  const { zero, one } = seenEnds(scale);
  const long = one - zero === 1 ? time : mul(time, one - zero);
  return zero === 0 ? long : add(long, zero);
}

/** Turns times that the model sees into a flow's own, between 0 and 1. */
function ownTime(seen: Value, scale: TimeScale): Value {
  const { zero, one } = seenEnds(scale);
  const from = zero === 0 ? seen : sub(seen, zero);
  return one - zero === 1 ? from : mul(from, 1 / (one - zero));
}

/**
 * Velocities divide by the distance in time to the predicted end; the divisor is never less than this (as in JiT, arXiv
 * 2511.13720).
 */
const leastDistance = 0.05;

/** Noisy images `[batch, channels, height, width]`, and their times `[batch]` as the model sees them. */
export interface FlowPoint {
  readonly noisy: Value;
  readonly seen: Value;
  readonly scale: TimeScale;
}

/**
 * The velocity at noisy images, when `predicted`
 * is the clean image, the noise or the velocity itself. Nearer to the predicted end than `least`, it is damped.
 */
export function velocityFrom(
  prediction: Prediction,
  predicted: Value,
  { noisy, seen, scale }: FlowPoint,
  least = leastDistance,
): Value {
  if (prediction === 'velocity') return predicted;
  const time = reshape(ownTime(seen, scale), { shape: noisy.shape.map((d, i) => (i === 0 ? d : 1)) });
  const towardsOne = (prediction === 'x0') === (endAtOne(scale) === 'data');
  const distance = maximum(towardsOne ? sub(1, time) : time, least);
  // The velocity points from the end at 0 through the noisy image to the end at 1.
  return div(towardsOne ? sub(predicted, noisy) : sub(noisy, predicted), distance);
}
