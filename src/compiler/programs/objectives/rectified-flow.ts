/** Rectified flow: times, noise and label dropout drawn in the graph, the noisy image and the velocity to match. */
import type { Dim } from '../../ir/dims';
import type { Value } from '../../ir/graph';
import type { TimeScale } from '../../lower/conventions';
import type { TimeSampling } from '../../recipe/index';
import { add, div, less, mul, select, sigmoid, sub } from '../../ops/elementwise';
import { randomNormal, randomUniform } from '../../ops/creation';
import { reshape } from '../../ops/movement';
import { endAtOne, seenTime } from './prediction';

/** One training example's worth of graph: what the model is given and what it should say. */
export interface FlowSample {
  /** `[batch, channels, height, width]` */
  readonly noisy: Value;
  /** `[batch]`, as the model sees it. */
  readonly time: Value;
  readonly target: Value;
  /** The standard normal numbers the images were mixed with. */
  readonly noise: Value;
}

/**
 * Draws that share a seed are told apart by stream. A backend may add the stream to the step counter, so streams lie
 * further apart than any training is long.
 */
const streams = { time: 0, noise: 1 << 28, labels: 2 << 28, texts: 3 << 28 } as const;

/** Noise and times for clean images `x0`, from `seed` (i32 [2]: the run's seed and the step). */
export function rectifiedFlow(x0: Value, seed: Value, sampling: TimeSampling, scale: TimeScale): FlowSample {
  const time = drawTimes(seed, x0.shape[0], sampling, scale);
  const noise = randomNormal(seed, { shape: x0.shape, stream: streams.noise });
  return noisyAt(x0, noise, time, scale);
}

/** The point of the straight path between noise and data at a time per image, `[batch]`. */
export function noisyAt(x0: Value, noise: Value, time: Value, scale: TimeScale): FlowSample {
  const t = reshape(time, { shape: x0.shape.map((d, i) => (i === 0 ? d : 1)) });
  const seen = seenTime(time, scale);
  return endAtOne(scale) === 'data'
    ? { noisy: add(mul(t, x0), mul(sub(1, t), noise)), time: seen, target: sub(x0, noise), noise }
    : { noisy: add(mul(sub(1, t), x0), mul(t, noise)), time: seen, target: sub(noise, x0), noise };
}

/** Training times in (0, 1), `[batch]`, shifted toward the noise. */
function drawTimes(seed: Value, batch: Dim, sampling: TimeSampling, scale: TimeScale): Value {
  const attrs = { shape: [batch], stream: streams.time };
  const even =
    sampling.kind === 'uniform'
      ? randomUniform(seed, attrs)
      : sigmoid(add(mul(randomNormal(seed, attrs), sampling.std), sampling.mean));
  return shiftTimes(even, sampling.shift, scale);
}

/** `t / (t + (1-t)·s)` where data is at one, `s·σ / (1 + (s-1)·σ)` where noise is: one map seen from its two ends. */
export function shiftTimes(t: Value, shift: number, scale: TimeScale): Value {
  if (shift === 1) return t;
  return endAtOne(scale) === 'data'
    ? div(t, add(t, mul(sub(1, t), shift)))
    : div(mul(t, shift), add(mul(t, shift - 1), 1));
}

/** Labels `[batch]` with "no class" in place of each with probability `drop`. */
export function dropLabels(labels: Value, seed: Value, drop: number, noClass: number): Value {
  if (drop === 0) return labels;
  const draws = randomUniform(seed, { shape: labels.shape, stream: streams.labels });
  return replaceBelow(labels, draws, drop, noClass);
}

/** `replacement` where the draw lies below `probability`. */
export function replaceBelow(labels: Value, draws: Value, probability: number, replacement: number): Value {
  return select(less(draws, probability), replacement, labels);
}

/**
 * Texts `[batch, tokens, width]`, or tokens or masks `[batch, tokens]`, with that of the empty prompt (`none`, one row) in place of each
 * with probability `drop`. A text and its mask are replaced together.
 */
export function dropTexts(texts: Value, none: Value, seed: Value, drop: number): Value {
  const draws = randomUniform(seed, { shape: [texts.shape[0]], stream: streams.texts });
  const dropped = reshape(less(draws, drop), { shape: texts.shape.map((d, i) => (i === 0 ? d : 1)) });
  return select(dropped, none, texts);
}

/** When conditions are left out: with probability `drop`, by the draws of `stream`. */
export interface Drops {
  readonly seed: Value;
  readonly drop: number;
  readonly stream: number;
}

/** A condition `[batch, …]` with a number in place of each image's now and then. */
export function dropGiven(given: Value, { seed, drop, stream }: Drops, replacement: number): Value {
  const draws = randomUniform(seed, { shape: [given.shape[0]], stream });
  const dropped = reshape(less(draws, drop), { shape: given.shape.map((d, i) => (i === 0 ? d : 1)) });
  return select(dropped, replacement, given);
}
