/**
 * The compiler's table of contents.
 *
 *   text ─ parse ─▶ AST ─ resolve ─▶ names ─ elaborate ─▶ ModelGraph ─ programs ─▶ Program ─ optimise ─▶ backend
 *                   (grammar/)       (check/)  (lower/)                 (programs/, autodiff/)
 */
import type { Span } from './source';
import type { Diagnostic } from './diagnostics/diagnostic';
import type { ElaborateOptions } from './lower/elaborate';
import type { ModelGraph, StaticValue } from './lower/model';
import type { Study } from './sections/study';
import type { SettingEntry } from './syntax/ast';
import type { ExportSettings, SampleSettings, TrainRecipe } from './lower/recipe';

/** A checked file: what it declares, and everything that is wrong with it. */
export interface Spec {
  readonly path: string;
  readonly diagnostics: readonly Diagnostic[];
  /** Names of models and variants, in order of declaration. */
  readonly models: readonly string[];
  readonly recipes: readonly TrainRecipe[];
  readonly samples: readonly SampleSettings[];
  readonly exports: readonly ExportSettings[];
  /** Tables of models: ablations and sweeps. */
  readonly studies: readonly Study[];
  /** Elaborates one model; `overrides` as written on the command line (`size` → `32x48`). Null when diagnostics say why. */
  elaborate(
    model: string,
    overrides?: { readonly [name: string]: string },
    options?: ElaborateOptions,
  ): { model: ModelGraph | null; diagnostics: readonly Diagnostic[] };
  /** What is probably not meant in a recipe of this file, as it stands or as it was changed by hand. */
  warnings(recipe: TrainRecipe, model: ModelGraph | null): readonly Diagnostic[];
  /** Where a setting of a section is written, `optimizer.rate` of `train quick`; null where it is not. */
  place(section: 'train' | 'sample', name: string, setting: string): Span | null;
  /** A recipe with settings in place of its own; null when diagnostics say why. */
  recipeWith(
    name: string,
    settings: readonly SettingEntry[],
  ): { recipe: TrainRecipe | null; diagnostics: readonly Diagnostic[] };
  /** Hyper-parameters of a model with their defaults, null where there is none. */
  hyperparameters(model: string): { readonly [name: string]: StaticValue | null };
}
