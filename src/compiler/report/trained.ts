/** The number of parameters that a recipe trains, and the number that it leaves unchanged. */
import { counted } from '../diagnostics/counted';
import { sizeOf } from '../ir/dims';
import type { Variable } from '../ir/graph';
import type { ModelGraph } from '../lower/model';
import { asTrained, type TrainingChoice } from '../programs/trained';

export interface TrainedParameters {
  readonly trained: number;
  /** The part of `trained` that belongs to adapters beside some layers. */
  readonly adapters?: { readonly layers: number; readonly parameters: number };
  readonly frozen: number;
}

/** Null if the recipe trains all weights of the model and no others. */
export function trainedParameters(model: ModelGraph, choice: TrainingChoice): TrainedParameters | null {
  if (!choice.train && !choice.freeze && !choice.adapt) return null;
  const { trained, adapters } = asTrained(model, choice);
  const moving = new Set(trained);
  const count = (weights: readonly Variable[]): number => weights.reduce((sum, w) => sum + Number(sizeOf(w.shape)), 0);
  const beside = count(adapters.flatMap(({ down, up }) => [down, up]));
  return {
    trained: count(trained),
    ...(adapters.length > 0 && { adapters: { layers: adapters.length, parameters: beside } }),
    frozen: count(model.weights.filter((w) => !moving.has(w))),
  };
}

/** One line for people. */
export function renderTrained({ trained, adapters, frozen }: TrainedParameters): string {
  const share = ((100 * trained) / (trained + frozen)).toPrecision(3);
  const beside = adapters
    ? `, ${grouping(adapters.parameters)} of them in adapters of ${counted(adapters.layers, 'layer')}`
    : '';
  return `Trained: ${grouping(trained)} parameters (${share} %)${beside}; frozen: ${grouping(frozen)}.`;
}

/** A number with commas: 797,383,203. */
export function grouping(n: number): string {
  return n.toLocaleString('en-US');
}
