/**
 * The compiler's table of contents.
 *
 *   text ─ link ─▶ files ─ bind ─▶ names ─ elaborate ─▶ ModelGraph ─ programs ─▶ Program ─ optimise ─▶ backend
 *          (link/, syntax/) (bind/)  └ read ─▶ sections (sections/)   (programs/, autodiff/)
 */
// Tested by test/compiler/ask.test.ts.
import { nameAt, valuesAt, type NameAt } from './ask';
import { bind } from './bind/bind';
import { Models } from './check/models';
import { checkRecipe, checkSections, type CheckedSections } from './check/sections';
import { setInFile } from './check/set-in-file';
import { leftOutByWalks } from './check/solver';
import type { Diagnostic } from './diagnostics/diagnostic';
import { inOrder, Reported, withoutRepeats } from './diagnostics/order';
import { limited } from './diagnostics/limit';
import { loadSpec } from './link/load';
import type { ElaborateOptions } from './lower/elaborate';
import { trainedBy } from './lower/left-out';
import type { ModelGraph, StaticValue } from './lower/model';
import type { SettingNames } from './recipe/hyperparameters';
import type { ExportSettings, SampleSettings, TrainRecipe } from './recipe/index';
import { words } from './lower/words/index';
import type { GivenSettings } from './sections/keys';
import { methodReader, modelReader } from './sections/method';
import type { Readers } from './sections/train';
import { exportFor, placeIn, readSections, recipesOf, recipeWith, sampleFor, type Trained } from './sections/read';
import { sampleWith } from './sections/sample';
import type { Study } from './sections/study';
import type { Span } from './source';
import type { SettingEntry } from './syntax/ast';

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
  /**
   * The errors and warnings of a recipe of this file, as it stands or as it was changed by hand, with the model that it trains;
   * without a model, the warnings that the recipe gives alone.
   */
  problems(recipe: TrainRecipe, model: ModelGraph | null): readonly Diagnostic[];
  /** Where a setting of a section is written, `optimizer.rate` of `train quick`; null where it is not. */
  place(section: 'train' | 'sample', name: string, setting: string): Span | null;
  /** A recipe for a model with hyper-parameters, or a case of a study, with settings in place of its own; null when diagnostics say why. */
  recipeWith(
    name: string,
    settings: readonly SettingEntry[],
    trained?: Trained,
  ): { recipe: TrainRecipe | null; diagnostics: readonly Diagnostic[] };
  /** Settings of a sample section with some in place of their own; they may use what the file declares and imports, and `names`. */
  sampleWith(
    settings: SampleSettings,
    entries: readonly SettingEntry[],
    names?: SettingNames,
  ): ReturnType<typeof sampleWith>;
  /** A sample or an export section with hyper-parameters of its model that are set by hand, which its settings may use. */
  sampleFor(sample: SampleSettings, set: GivenSettings): ReturnType<typeof sampleFor>;
  exportFor(section: ExportSettings, set: GivenSettings): ReturnType<typeof exportFor>;
  /**
   * The name at a position of the file's text: what it means, what it takes and is for, its definition and references; null where
   * there is none.
   */
  nameAt(position: number): NameAt | null;
  /** What the smallest expression around a position is in a model: `a tensor [256, 768]`; several where a block is called several times. */
  valuesAt(model: string, position: number): readonly string[];
  /** Hyper-parameters of a model with their defaults, null where there is none. */
  hyperparameters(model: string): { readonly [name: string]: StaticValue | null };
}

export interface CheckOptions {
  /** Also elaborate every model of the file, so that shapes are checked; on by default. */
  readonly elaborateModels?: boolean;
  /** Hyper-parameters and settings to check the file with, as written; each applies to every model and section of the file that has it. */
  readonly set?: GivenSettings;
  /** Names of shipped files, for suggestions. */
  readonly shipped?: readonly string[];
}

/**
 * Checks one file with everything it imports. `read` gives the text of a file, or null if there is none; paths are as
 * written, shipped files are `std/…`.
 */
export function checkFile(path: string, read: (path: string) => string | null, options: CheckOptions = {}): Spec {
  // 1. The file and all that it imports, as trees, with the settings given by hand put in.
  const linked = loadSpec(path, read, options.shipped);
  const [first, ...imported] = linked.files;
  if (!first) return emptySpec(path, linked.diagnostics);
  const set = setInFile(first, options.set ?? {});
  const { main } = set;

  // 2. The meaning of each name.
  const bound = bind([main, ...imported], words, linked.locate);

  // 3. The sections.
  const models = new Models(main, bound, set.writtenFor);
  const methods = methodReader(main, bound, linked.locate);
  const readers: Readers = {
    methods,
    readModel: modelReader(main, bound),
    hyperparametersOf: (named, given) => models.hyperparametersOf(named, given),
  };
  const sections = readSections(main, (e) => models.valueOf(e), readers);

  // 4. Every model as a graph, and each section checked against the model that it names.
  const built = (options.elaborateModels ?? true) ? checkSections(main, models, sections) : unbuilt;
  const written = [linked.diagnostics, set.diagnostics, bound.diagnostics, withoutRepeats(sections.diagnostics)].flat();
  const reported = new Reported();
  written.forEach((d) => reported.add(d));
  // Two outputs of one name are found when names are bound, and those in branches only where they meet.
  const found = [...written, ...built.diagnostics.filter((d) => d.code !== 'duplicate-name' || !reported.has(d))];

  const walks = sections.samples.map((sample) => ({ sample, place: placeIn(sections, 'sample', sample.name) }));
  return {
    path,
    diagnostics: limited(inOrder(found, linked.files), linked.moreErrors),
    models: models.names,
    recipes: sections.recipes,
    samples: sections.samples,
    exports: sections.exports,
    studies: sections.studies.map((written) => models.studyOf(written)),
    recipeWith: (name, settings, trained = {}) =>
      recipeWith({ main, studies: sections.studies, readers }, name, settings, trained),
    sampleWith: (settings, entries, names) => sampleWith(settings, entries, { visible: main.visible, methods, names }),
    sampleFor: (sample, given) =>
      sampleFor({ main, studies: sections.studies, readers, recipes: sections.recipes }, sample, given),
    exportFor: (section, given) => exportFor({ main, studies: sections.studies, readers }, section, given),
    problems: (recipe, model) => [
      ...checkRecipe(main, models, sections, { recipe, model }),
      ...(model ? leftOutByWalks(main, bound, walks, { recipe, model }) : []),
    ],
    place: (kind, name, setting) => placeIn(sections, kind, name)(setting)?.span ?? null,
    elaborate: (name, overrides = {}, how = {}) => {
      const isPlain = Object.keys(overrides).length + Object.keys(how).length === 0;
      const known = isPlain ? built.models.get(name) : undefined;
      if (known) return { model: trainedBy(known, recipesOf(sections, name)), diagnostics: [] };
      const { model, diagnostics } = models.byName(name, { ...set.writtenFor(name), ...overrides }, how);
      return { model: model && trainedBy(model, recipesOf(sections, name)), diagnostics };
    },
    nameAt: (position) => nameAt({ file: main, names: bound.names, settings: sections.uses }, position),
    valuesAt: (model, position) => valuesAt((how) => models.inFile(model, how), main.source, position),
    hyperparameters: (name) => models.defaultsOf(name),
  };
}

const unbuilt: CheckedSections = { diagnostics: [], models: new Map() };

function emptySpec(path: string, diagnostics: readonly Diagnostic[]): Spec {
  return {
    path,
    diagnostics,
    models: [],
    recipes: [],
    samples: [],
    exports: [],
    studies: [],
    sampleFor: () => ({ settings: null, diagnostics: [] }),
    exportFor: () => ({ settings: null, diagnostics: [] }),
    recipeWith: () => ({ recipe: null, diagnostics }),
    sampleWith: () => ({ settings: null, diagnostics }),
    problems: () => [],
    place: () => null,
    elaborate: () => ({ model: null, diagnostics }),
    nameAt: () => null,
    valuesAt: () => [],
    hyperparameters: () => ({}),
  };
}
