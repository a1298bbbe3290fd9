/** How many parameters a recipe trains, and how many it leaves as they are. */
import { sizeOf } from '../ir/dims';
import type { Variable } from '../ir/graph';
import type { ModelGraph } from '../lower/model';
import { trainedWeights, type Selection } from '../programs/freeze';

export interface TrainedParameters {
  readonly trained: number;
  readonly frozen: number;
}

/** Null where the recipe trains all weights. */
export function trainedParameters(model: ModelGraph, selection: Selection): TrainedParameters | null {
  if (!selection.train && !selection.freeze) return null;
  const own = trainedWeights(model, selection);
  const names = new Set(own.map((w) => w.leaf.name));
  const count = (weights: readonly Variable[]): number => weights.reduce((sum, w) => sum + Number(sizeOf(w.shape)), 0);
  return { trained: count(own), frozen: count(model.weights.filter((w) => !names.has(w.leaf.name))) };
}

/** One line for people. */
export function renderTrained({ trained, frozen }: TrainedParameters): string {
  const share = ((100 * trained) / (trained + frozen)).toPrecision(3);
  return `Trained: ${grouping(trained)} parameters (${share} %); frozen: ${grouping(frozen)}.`;
}

/** 797,383,203 */
export function grouping(n: number): string {
  return n.toLocaleString('en-US');
}
