/** Remembers which spec a model was compiled from, so that a run's folder can keep a copy of it. */
// Tested by test/train/before-data.test.ts.
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import type { KeptSpec } from '../train/kept-spec';
import type { RunRecord } from '../train/run-folder';

export interface Origin {
  readonly spec: NonNullable<RunRecord['spec']>;
  readonly kept: KeptSpec;
  /** The model that a recipe of the spec aligns with. */
  teacherOf(recipe: TrainRecipe): ModelGraph | null;
  /** The model with some of its hyper-parameters changed, as text. */
  modelWith(hyperparameters: { readonly [name: string]: string }): ModelGraph;
}

/** Filled by `compile`, read by `train`; a model that a program built by hand has none. */
export const origins = new WeakMap<ModelGraph, Origin>();
