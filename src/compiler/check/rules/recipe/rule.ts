/** What a rule about recipes sees: a recipe with its places, and what it is used with. */
import type { Diagnostic } from '../../../diagnostics/diagnostic';
import type { ModelGraph } from '../../../lower/model';
import type { SampleSettings, TrainRecipe } from '../../../recipe/index';
import type { Span } from '../../../source';

export interface RecipeUse {
  readonly recipe: TrainRecipe;
  /** Null where it could not be built, or is a study. */
  readonly model: ModelGraph | null;
  /** How what it trains is sampled. */
  readonly samples: readonly SampleSettings[];
  /** Where a setting of the recipe is written; where the recipe begins, for one that is not. */
  place(setting: string): Span;
  /** Whether it is written, or set by hand. */
  isGiven(setting: string): boolean;
  /** Where a setting of one of `samples` is written. */
  samplePlace(sample: SampleSettings, setting: string): Span;
}

export type RecipeRule = (use: RecipeUse) => readonly Diagnostic[];
