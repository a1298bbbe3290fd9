/** Checks one file with everything it imports: parse, resolve, elaborate every model, read every section. */
import type { Spec } from '../compile';
import type { Diagnostic } from '../diagnostics/diagnostic';
import {
  elaborate,
  toStatic,
  type ElaborateOptions,
  type Elaborated,
  type Override,
  withinLimits,
} from '../lower/elaborate';
import { Budget } from '../lower/budget';
import { evaluate } from '../lower/expressions';
import { Context } from '../lower/context';
import { fileScope } from '../lower/files';
import { trainedBy } from '../lower/left-out';
import type { ModelGraph, StaticValue } from '../lower/model';
import type { ExportSettings, SampleSettings, TrainRecipe } from '../lower/recipe';
import { words } from '../lower/words/index';
import { checkEntries } from '../sections/entries';
import { readAblation } from '../sections/ablation';
import { SettingReader } from '../sections/schema';
import { readExport } from '../sections/export';
import { withMasks } from '../sections/given-values';
import { readSample } from '../sections/sample';
import { sourceText, type Study, type StudyCase, type WrittenCase, type WrittenStudy } from '../sections/study';
import { readSweep } from '../sections/sweep';
import type { GivenSettings } from '../sections/keys';
import { withSettings } from '../sections/set';
import { readTrain, recipeName, trainFields } from '../sections/train';
import { readWritten } from '../sections/written';
import { diagnose } from '../diagnostics/diagnostic';
import { limited } from '../diagnostics/limit';
import { suggest } from '../diagnostics/suggest';
import { joinSpans, type Span } from '../source';
import type {
  Argument,
  Expression,
  Identifier,
  ModelDeclaration,
  SectionDeclaration,
  SettingEntry,
  VariantDeclaration,
} from '../syntax/ast';
import { checkAlignment } from './alignment';
import { buildCases, type BuiltCases } from './cases';
import { checkData } from './data';
import { checkFreeze } from './freeze';
import { checkGivens, checkGivenValues } from './givens';
import { checkGuided, checkUnread } from './unread';
import { recipeWarnings } from './rules/recipe/index';
import { solverSteps } from './rules/recipe/solver-steps';
import { baseOf } from './rules/sections';
import { checkRepeats } from './rules/studies';
import { setInFile } from './set-in-file';
import { checkConventions } from './conventions';
import { loadSpec, type LoadedFile } from './load';
import { resolve, type ResolvedSpec } from './resolve';

type ModelLike = ModelDeclaration | VariantDeclaration;

export interface CheckOptions {
  /** Also elaborate every model of the file, so that shapes are checked; on by default. */
  readonly elaborateModels?: boolean;
  /** Hyper-parameters and settings to check it with, as written: in every model and section of the file that has them. */
  readonly set?: GivenSettings;
  /** Names of shipped files, for suggestions. */
  readonly shipped?: readonly string[];
}

/** `read` gives the text of a file, or null when there is none; paths are as written, shipped files are `std/…`. */
export function checkFile(path: string, read: (path: string) => string | null, options: CheckOptions = {}): Spec {
  const loaded = loadSpec(path, read, options.shipped);
  const diagnostics: Diagnostic[] = [...loaded.diagnostics];
  const add = (found: readonly Diagnostic[]): void => found.forEach((d) => diagnostics.push(d));
  const [first, ...imported] = loaded.files;
  if (!first) return emptySpec(path, diagnostics);
  const { main, overridesOf, writtenFor, ...set } = setInFile(first, options.set ?? {});
  add(set.diagnostics);
  const resolved = resolve([main, ...imported], words, loaded.locate);
  add(resolved.diagnostics);
  const models = new Map(
    main.file.declarations.flatMap((d): [string, ModelLike][] =>
      d.kind === 'model' || d.kind === 'variant' ? [[d.name.name, d]] : [],
    ),
  );
  const sections = readSections(main);
  add(sections.diagnostics);
  const inCases: Diagnostic[] = [];
  if (options.elaborateModels ?? true) {
    const seen = new Set(diagnostics.map(placeOf));
    const buildable = [...models].filter(([, d]) => resolved.canBuild(d) && !isAnotherName(d, models));
    const budget = new Budget();
    const built = new Map(buildable.map(([name, d]) => [name, elaborate(main, d, overridesOf(d), { budget })]));
    const found = [...built.values()].flatMap((e) => e.diagnostics);
    // What is wrong by name alone has been said; the elaborator meets it again at the same place.
    add(found.filter((d) => !seen.has(placeOf(d))));
    const cases = casesOf(main, sections.studies, { resolved, writtenFor });
    // A model of this file that is wrong by itself is wrong in its cases.
    const told = new Set(diagnostics.map(placeOf));
    inCases.push(...cases.diagnostics.filter((d) => !told.has(placeOf(d))));
    const modelsOf = (name: string): readonly ModelGraph[] => {
      const one = builtAs(name, models, built);
      return one ? [one] : (cases.models.get(name) ?? []);
    };
    for (const s of main.file.declarations) {
      if (s.kind !== 'section' || (s.section !== 'train' && s.section !== 'sample')) continue;
      const name = s.model?.name ?? '';
      const align = sections.recipes.find((r) => r.name === recipeName(s) && r.model === name)?.align ?? null;
      const called = (e: Expression): Elaborated => elaborateCall(main, e, resolved);
      for (const model of modelsOf(name)) {
        add(checkConventions(s, model));
        if (s.section === 'sample') add(checkGivenValues(s, model));
        if (s.section !== 'train') continue;
        add(checkAlignment(s, model, align, called).filter((d) => !seen.has(placeOf(d))));
        add([...checkFreeze(s, model), ...checkGivens(s, model), ...checkData(s, model), ...checkUnread(s, model)]);
      }
    }
    for (const recipe of sections.recipes)
      add(warningsOf(main, sections, recipe, builtAs(recipe.model, models, built)));
    for (const sample of sections.samples) {
      const place = sections.places.get(`sample ${sample.name}`)?.('solver');
      if (place) add(solverSteps(sample, place.span));
      const guidance = sections.places.get(`sample ${sample.name}`)?.('guidance');
      if (guidance)
        for (const model of modelsOf(sample.model))
          add(checkGuided(sample, trainedBy(model, recipesOf(sections, sample.model)), guidance.span));
    }
  }
  return {
    path,
    diagnostics: limited(inOrder([...withoutRepeats(diagnostics), ...inCases], loaded.files), loaded.moreErrors),
    models: [...models.keys()],
    recipes: sections.recipes,
    samples: sections.samples,
    exports: sections.exports,
    studies: sections.studies.map((written) => studyOf(main, written)),
    recipeWith: (name, settings) => recipeWith(main, name, settings),
    warnings: (recipe, model) => warningsOf(main, sections, recipe, model),
    place: (kind, name, setting) => sections.places.get(`${kind} ${name}`)?.(setting)?.span ?? null,
    elaborate: (name, overrides = {}, how = {}) => {
      const { model, diagnostics } = elaborateByName(main, models, name, { ...writtenFor(name), ...overrides }, how);
      return { model: model && trainedBy(model, recipesOf(sections, name)), diagnostics };
    },
    hyperparameters: (name) => defaultsOf(main, name),
  };
}

function recipesOf({ recipes }: Sections, model: string): readonly TrainRecipe[] {
  return recipes.filter((r) => r.model === model);
}

function placeOf(d: Diagnostic): string {
  return `${d.span.source.path} ${d.span.start}`;
}

/** Whether a variant changes nothing of a model of the same file, which is built anyway. */
function isAnotherName(d: ModelLike, models: ReadonlyMap<string, ModelLike>): boolean {
  return d.kind === 'variant' && d.args.length === 0 && models.get(d.base.name)?.kind === 'model';
}

/** The graph of a model that was built under its name, or under the name that it is another name of. */
function builtAs(
  name: string,
  models: ReadonlyMap<string, ModelLike>,
  built: ReadonlyMap<string, Elaborated>,
): ModelGraph | null {
  const d = models.get(name);
  const base = d?.kind === 'variant' && isAnotherName(d, models) ? d.base.name : name;
  return built.get(base)?.model ?? null;
}

function emptySpec(path: string, diagnostics: readonly Diagnostic[]): Spec {
  return {
    path,
    diagnostics,
    models: [],
    recipes: [],
    samples: [],
    exports: [],
    studies: [],
    recipeWith: () => ({ recipe: null, diagnostics }),
    warnings: () => [],
    place: () => null,
    elaborate: () => ({ model: null, diagnostics }),
    hyperparameters: () => ({}),
  };
}

interface Sections {
  readonly places: SettingReader['places'];
  readonly recipes: TrainRecipe[];
  readonly samples: SampleSettings[];
  readonly exports: ExportSettings[];
  readonly studies: WrittenStudy[];
}

function readSections(file: LoadedFile): Sections & { readonly diagnostics: readonly Diagnostic[] } {
  const reader = new SettingReader();
  const out: Sections = { recipes: [], samples: [], exports: [], studies: [], places: reader.places };
  const keep = <T>(list: T[], item: T | null): void => void (item && list.push(item));
  for (const s of file.file.declarations) {
    if (s.kind !== 'section') continue;
    if (!s.model && s.section !== 'ablation') {
      reader.report(diagnose('section-without-model', s.span, { section: s.section }));
    }
    checkEntries(s).forEach(reader.report);
    checkRepeats(s, (e) => valueText(file, e)).forEach(reader.report);
    readSection(reader, s, out, keep);
  }
  return {
    ...out,
    samples: out.samples.map((sample) => withMasks(sample, out.recipes)),
    diagnostics: reader.diagnostics,
  };
}

function readSection(
  reader: SettingReader,
  s: SectionDeclaration,
  out: Sections,
  keep: <T>(list: T[], item: T | null) => void,
): void {
  if (s.section === 'train') keep(out.recipes, readTrain(reader, s));
  else if (s.section === 'sample') keep(out.samples, readSample(reader, s));
  else if (s.section === 'export') keep(out.exports, readExport(reader, s));
  else if (s.section === 'ablation') keep(out.studies, readAblation(reader, s));
  else keep(out.studies, readSweep(reader, s));
}

/** A value as text, the same for `8` and `2 * 4`; as it is written where it cannot be computed without a model. */
function valueText(file: LoadedFile, e: Expression): string {
  const ctx = new Context(new Set());
  const value = toStatic(withinLimits(ctx, () => evaluate(ctx, e, fileScope(file))));
  return value === null ? sourceText(e) : JSON.stringify(value);
}

/** The cases of all studies, built; with the models of those that are trained or sampled here. */
function casesOf(
  file: LoadedFile,
  studies: readonly WrittenStudy[],
  { resolved, writtenFor }: { readonly resolved: ResolvedSpec; readonly writtenFor: (name: string) => GivenSettings },
): BuiltCases {
  const used = file.file.declarations.flatMap((d) =>
    d.kind === 'section' && (d.section === 'train' || d.section === 'sample') && d.model ? [d.model.name] : [],
  );
  const build = ({ name, base, args }: WrittenCase, how: ElaborateOptions): Elaborated => {
    const target = file.visible.get(base.name)?.declaration;
    if (!target || target.kind === 'block' || !resolved.canBuild(target)) return { model: null, diagnostics: [] };
    return elaborateWith(file, variantOf(name, base, args), writtenFor(base.name), how);
  };
  return buildCases(studies, build, new Set(used));
}

/** The cases of a study as variants of their models. */
function studyOf(file: LoadedFile, { cases, ...study }: WrittenStudy): Study {
  return {
    ...study,
    cases: cases.map(({ name, base, args }): StudyCase => {
      const declaration = variantOf(name, base, args);
      return {
        name,
        model: base.name,
        changes: Object.fromEntries(args.flatMap((a) => (a.name ? [[a.name.name, sourceText(a.value)]] : []))),
        elaborate: (settings = {}) => elaborateWith(file, declaration, settings),
      };
    }),
  };
}

function variantOf(name: string, base: Identifier, args: readonly Argument[]): ModelLike {
  const { span } = base;
  return { kind: 'variant', span, doc: '', name: { name, span }, base, args };
}

/** The model that `Model` or `Model(width: 384)` calls; null without a word where its name has been reported. */
function elaborateCall(file: LoadedFile, e: Expression, { canBuild }: ResolvedSpec): Elaborated {
  const [callee, args] = e.kind === 'call' ? [e.callee, e.args] : [e, []];
  const target = callee.kind === 'name' ? file.visible.get(callee.name)?.declaration : null;
  if (callee.kind !== 'name' || !target || target.kind === 'block' || !canBuild(target))
    return { model: null, diagnostics: [] };
  return elaborate(file, variantOf(callee.name, { name: callee.name, span: callee.span }, args));
}

/** A model of the file, or one that it imports. */
function elaborateByName(
  file: LoadedFile,
  models: ReadonlyMap<string, ModelLike>,
  name: string,
  settings: { readonly [name: string]: string },
  how: ElaborateOptions,
): Elaborated {
  const imported = file.visible.get(name);
  const isModel = imported && imported.declaration.kind !== 'block';
  const declaration =
    models.get(name) ?? (isModel ? variantOf(name, { name, span: imported.declaration.span }, []) : null);
  if (!declaration) {
    const known = [...models.keys()];
    const span = { source: file.source, start: 0, end: 0 };
    return {
      model: null,
      diagnostics: [
        diagnose('unknown-model', span, {
          name,
          suggestion: suggest(name, known).join(' or '),
          known: known.join(', '),
        }),
      ],
    };
  }
  return elaborateWith(file, declaration, settings, how);
}

function elaborateWith(
  file: LoadedFile,
  declaration: ModelLike,
  settings: { readonly [name: string]: string },
  how: ElaborateOptions = {},
): Elaborated {
  const diagnostics: Diagnostic[] = [];
  const overrides = Object.entries(settings).flatMap(([key, text]) => parseOverride(key, text, diagnostics));
  if (diagnostics.length > 0) return { model: null, diagnostics };
  return elaborate(file, declaration, overrides, how);
}

/** A hyper-parameter that is set by hand. */
function parseOverride(key: string, text: string, diagnostics: Diagnostic[]): Override[] {
  const { entry, diagnostics: found } = readWritten(key, text);
  diagnostics.push(...found);
  if (!entry) return [];
  const span = joinSpans(entry.path[0].span, entry.path[entry.path.length - 1].span);
  return [{ name: key, nameSpan: span, value: entry.value, scope: null }];
}

/** What is probably not meant in a recipe, which may have been changed by hand since it was read. */
function warningsOf(
  { file }: LoadedFile,
  { places, samples, recipes }: Sections,
  recipe: TrainRecipe,
  model: ModelGraph | null,
): Diagnostic[] {
  const own = file.declarations.find(
    (d) => d.kind === 'section' && d.section === 'train' && recipeName(d) === recipe.name,
  );
  if (own?.kind !== 'section') return [];
  const written = recipes.find((r) => r.name === recipe.name);
  const start = own.name?.span ?? own.span;
  const place = (setting: string): Span => {
    const phase = /^phase (\d+)$/.exec(setting);
    if (phase) return own.entries.filter((e) => e.kind === 'phase')[Number(phase[1])]?.span ?? start;
    return places.get(`train ${recipe.name}`)?.(setting)?.span ?? start;
  };
  return recipeWarnings({
    recipe,
    model,
    samples: samples.filter((s) => s.model === recipe.model),
    place,
    isGiven: (setting) =>
      places.get(`train ${recipe.name}`)?.(setting) != null || recipe.checkpoint !== written?.checkpoint,
    samplePlace: ({ name }, setting) => places.get(`sample ${name}`)?.(setting)?.span ?? start,
  });
}

/** The recipe of a train section with settings in place of its own. */
function recipeWith(
  { file }: LoadedFile,
  name: string,
  settings: readonly SettingEntry[],
): { recipe: TrainRecipe | null; diagnostics: readonly Diagnostic[] } {
  const written = file.declarations.find(
    (d) => d.kind === 'section' && d.section === 'train' && recipeName(d) === name,
  );
  if (written?.kind !== 'section') return { recipe: null, diagnostics: [] };
  const { section, diagnostics } = withSettings(written, trainFields, settings);
  const reader = new SettingReader();
  return { recipe: readTrain(reader, section), diagnostics: [...diagnostics, ...reader.diagnostics] };
}

/** Defaults that do not depend on other hyper-parameters are given as values; the others are null. */
function defaultsOf(file: LoadedFile, name: string): { readonly [name: string]: StaticValue | null } {
  const base = baseOf(file, name);
  if (!base) return {};
  const words = base.parameters.flatMap((p) => (p.type?.kind === 'choice-type' ? p.type.words.map((w) => w.name) : []));
  const ctx = new Context(new Set(words));
  const valueOf = (e: Expression): StaticValue | null =>
    toStatic(withinLimits(ctx, () => evaluate(ctx, e, fileScope(file))));
  const args = argumentsOf(file, name);
  return Object.fromEntries(
    base.parameters.map(({ name: { name: key }, default: standard }) => {
      const e = args.get(key) ?? standard;
      return [key, e ? valueOf(e) : null];
    }),
  );
}

/** What variants of a file set on the way to the model that they are of; the nearest first. */
function argumentsOf(file: LoadedFile, name: string): Map<string, Expression> {
  const found = new Map<string, Expression>();
  const seen = new Set<string>();
  for (let d = file.visible.get(name)?.declaration; d?.kind === 'variant' && !seen.has(d.name.name);) {
    seen.add(d.name.name);
    for (const a of d.args) if (a.name && !found.has(a.name.name)) found.set(a.name.name, a.value);
    d = file.visible.get(d.base.name)?.declaration;
  }
  return found;
}

/** Blocks used by several models are checked with each; the same report is given once. */
function withoutRepeats(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter((d) => {
    const key = `${d.code} ${d.span.source.path} ${d.span.start}`;
    return seen.has(key) ? false : (seen.add(key), true);
  });
}

/** File by file as they are loaded, then from top to bottom. */
function inOrder(diagnostics: readonly Diagnostic[], files: readonly LoadedFile[]): Diagnostic[] {
  const rank = new Map(files.map((f, i) => [f.source, i]));
  const of = (d: Diagnostic): number => rank.get(d.span.source) ?? files.length;
  return [...diagnostics].sort((a, b) => of(a) - of(b) || a.span.start - b.span.start);
}
