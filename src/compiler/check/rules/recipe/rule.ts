/** The input of a rule about recipes: a recipe with the places of its settings, its model and its sample sections. */
import type { Diagnostic } from '../../../diagnostics/diagnostic';
import type { ModelGraph } from '../../../lower/model';
import type { SampleSettings, TrainRecipe } from '../../../recipe/index';
import type { Span } from '../../../source';

export interface RecipeUse {
  readonly recipe: TrainRecipe;
  /** Null if it could not be built, or if the recipe trains a study. */
  readonly model: ModelGraph | null;
  /** The sample sections of the model that it trains. */
  readonly samples: readonly SampleSettings[];
  /** The place of a setting of the recipe; the start of the recipe for a setting that is not written. */
  place(setting: string): Span;
  /** Whether the setting is written, or set by hand. */
  isGiven(setting: string): boolean;
  /** The place of a setting of one of `samples`. */
  samplePlace(sample: SampleSettings, setting: string): Span;
}

export type RecipeRule = (use: RecipeUse) => readonly Diagnostic[];
