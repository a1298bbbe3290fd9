/** Conditions that are left out at random: labels, texts, and what a recipe gives. */
import type { Value } from '../ir/graph';
import { less, select } from '../ops/elementwise';
import { randomUniform } from '../ops/creation';
import { reshape } from '../ops/movement';

/**
 * Draws that share a seed are told apart by stream. A backend may add the stream to the step counter, so streams lie
 * further apart than any training is long. The first two are those of rectified flow.
 */
const streams = { labels: 2 << 28, texts: 3 << 28 } as const;

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
