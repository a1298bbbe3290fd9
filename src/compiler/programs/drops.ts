/** Conditions that are left out at random: labels, texts, and conditions that a recipe gives. */
import type { Value } from '../ir/graph';
import { less, select } from '../ops/elementwise';
import { randomUniform } from '../ops/creation';
import { reshape } from '../ops/movement';

/**
 * The stream distinguishes draws that share a seed. A backend may add the stream to the step counter, so streams are
 * further apart than a run has steps. Streams 0 and 1 << 28 belong to rectified flow.
 */
const streams = { labels: 2 << 28, texts: 3 << 28 } as const;

/** Labels `[batch]`, each replaced by "no class" with probability `drop`. */
export function dropLabels(labels: Value, seed: Value, drop: number, noClass: number): Value {
  if (drop === 0) return labels;
  const draws = randomUniform(seed, { shape: labels.shape, stream: streams.labels });
  return replaceBelow(labels, draws, drop, noClass);
}

/** Replaces each label whose draw is below `probability` by `replacement`. */
export function replaceBelow(labels: Value, draws: Value, probability: number, replacement: number): Value {
  return select(less(draws, probability), replacement, labels);
}

/**
 * Texts `[batch, tokens, width]`, or tokens or masks `[batch, tokens]`, each replaced by that of the empty prompt (`none`, one row)
 * with probability `drop`. A text and its mask are replaced together.
 */
export function dropTexts(texts: Value, none: Value, seed: Value, drop: number): Value {
  const draws = randomUniform(seed, { shape: [texts.shape[0]], stream: streams.texts });
  const dropped = reshape(less(draws, drop), { shape: texts.shape.map((d, i) => (i === 0 ? d : 1)) });
  return select(dropped, none, texts);
}

/** A condition is left out with probability `drop`, decided by the draws of `stream`. */
export interface Drops {
  readonly seed: Value;
  readonly drop: number;
  readonly stream: number;
}

/** A condition `[batch, …]`; each image's is replaced by the number `replacement` with probability `drop`. */
export function dropGiven(given: Value, { seed, drop, stream }: Drops, replacement: number): Value {
  const draws = randomUniform(seed, { shape: [given.shape[0]], stream });
  const dropped = reshape(less(draws, drop), { shape: given.shape.map((d, i) => (i === 0 ? d : 1)) });
  return select(dropped, replacement, given);
}
