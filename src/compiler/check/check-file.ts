/** Checks one file with everything it imports: parse, resolve, elaborate every model, read every section. */
import type { Spec } from '../compile';
import type { Diagnostic } from '../diagnostics/diagnostic';
import { elaborate, toStatic, type ElaborateOptions, type Elaborated, type Override } from '../lower/elaborate';
import { evaluate } from '../lower/expressions';
import { Context } from '../lower/context';
import { fileScope } from '../lower/files';
import type { ModelGraph, StaticValue } from '../lower/model';
import type { ExportSettings, SampleSettings, TrainRecipe } from '../lower/recipe';
import { words } from '../lower/words/index';
import { checkEntries } from '../sections/entries';
import { readAblation } from '../sections/ablation';
import { SettingReader } from '../sections/schema';
import { readExport } from '../sections/export';
import { readSample } from '../sections/sample';
import { sourceText, type Study, type StudyCase, type WrittenStudy } from '../sections/study';
import { readSweep } from '../sections/sweep';
import { readTrain, recipeName } from '../sections/train';
import { diagnose } from '../diagnostics/diagnostic';
import { limited } from '../diagnostics/limit';
import { suggest } from '../diagnostics/suggest';
import { Source } from '../source';
import { parse } from '../syntax/parse';
import type {
  Argument,
  Expression,
  Identifier,
  ModelDeclaration,
  SectionDeclaration,
  VariantDeclaration,
} from '../syntax/ast';
import { checkAlignment } from './alignment';
import { checkData } from './data';
import { checkFreeze } from './freeze';
import { loadSpec, type LoadedFile } from './load';
import { resolve, type ResolvedSpec } from './resolve';

type ModelLike = ModelDeclaration | VariantDeclaration;

export interface CheckOptions {
  /** Also elaborate every model of the file, so that shapes are checked; on by default. */
  readonly elaborateModels?: boolean;
  /** Names of shipped files, for suggestions. */
  readonly shipped?: readonly string[];
}

/** `read` gives the text of a file, or null when there is none; paths are as written, shipped files are `std/…`. */
export function checkFile(path: string, read: (path: string) => string | null, options: CheckOptions = {}): Spec {
  const loaded = loadSpec(path, read, options.shipped);
  const diagnostics: Diagnostic[] = [...loaded.diagnostics];
  const add = (found: readonly Diagnostic[]): void => found.forEach((d) => diagnostics.push(d));
  const main = loaded.files[0];
  if (!main) return emptySpec(path, diagnostics);
  const resolved = resolve(loaded.files, words, loaded.locate);
  add(resolved.diagnostics);
  const models = new Map(
    main.file.declarations.flatMap((d): [string, ModelLike][] =>
      d.kind === 'model' || d.kind === 'variant' ? [[d.name.name, d]] : [],
    ),
  );
  const sections = readSections(main);
  add(sections.diagnostics);
  if (options.elaborateModels ?? true) {
    const seen = new Set(diagnostics.map(placeOf));
    const buildable = [...models].filter(([, d]) => resolved.canBuild(d) && !isAnotherName(d, models));
    const built = new Map(buildable.map(([name, d]) => [name, elaborate(main, d)]));
    const found = [...built.values()].flatMap((e) => e.diagnostics);
    // What is wrong by name alone has been said; the elaborator meets it again at the same place.
    add(found.filter((d) => !seen.has(placeOf(d))));
    for (const s of main.file.declarations) {
      if (s.kind !== 'section' || s.section !== 'train') continue;
      const model = builtAs(s.model?.name ?? '', models, built);
      const align = sections.recipes.find((r) => r.name === recipeName(s) && r.model === s.model?.name)?.align ?? null;
      const called = (e: Expression): Elaborated => elaborateCall(main, e, resolved);
      const aligned = model ? checkAlignment(s, model, align, called) : [];
      add(aligned.filter((d) => !seen.has(placeOf(d))));
      if (model) add([...checkFreeze(s, model), ...checkData(s, model)]);
    }
  }
  return {
    path,
    diagnostics: limited(inOrder(withoutRepeats(diagnostics), loaded.files), loaded.moreErrors),
    models: [...models.keys()],
    recipes: sections.recipes,
    samples: sections.samples,
    exports: sections.exports,
    studies: sections.studies.map((written) => studyOf(main, written)),
    elaborate: (name, overrides = {}, how = {}) => elaborateByName(main, models, name, overrides, how),
    hyperparameters: (name) => defaultsOf(main, models.get(name)),
  };
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
    elaborate: () => ({ model: null, diagnostics }),
    hyperparameters: () => ({}),
  };
}

interface Sections {
  readonly recipes: TrainRecipe[];
  readonly samples: SampleSettings[];
  readonly exports: ExportSettings[];
  readonly studies: WrittenStudy[];
}

function readSections(file: LoadedFile): Sections & { readonly diagnostics: readonly Diagnostic[] } {
  const reader = new SettingReader();
  const out: Sections = { recipes: [], samples: [], exports: [], studies: [] };
  const keep = <T>(list: T[], item: T | null): void => void (item && list.push(item));
  for (const s of file.file.declarations) {
    if (s.kind !== 'section') continue;
    if (!s.model && s.section !== 'ablation') {
      reader.report(diagnose('section-without-model', s.span, { section: s.section }));
    }
    checkEntries(s).forEach(reader.report);
    readSection(reader, s, out, keep);
  }
  return { ...out, diagnostics: reader.diagnostics };
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

/** `--set key=text`, read as the argument of a variant so that every kind of value can be written. */
function parseOverride(key: string, text: string, diagnostics: Diagnostic[]): Override[] {
  const source = new Source('--set', `model set = base(${key}: ${text})`);
  const parsed = parse(source);
  const d = parsed.file.declarations[0];
  if (parsed.diagnostics.length > 0) {
    diagnostics.push(...parsed.diagnostics);
    return [];
  }
  if (d?.kind !== 'variant') return [];
  return d.args.flatMap((a): Override[] =>
    a.name ? [{ name: a.name.name, nameSpan: a.name.span, value: a.value, scope: null }] : [],
  );
}

/** Defaults that do not depend on other hyper-parameters are given as values; the others are null. */
function defaultsOf(
  file: LoadedFile,
  declaration: ModelLike | undefined,
): { readonly [name: string]: StaticValue | null } {
  if (declaration?.kind !== 'model') return {};
  const ctx = new Context(
    new Set(
      declaration.parameters.flatMap((p) => (p.type?.kind === 'choice-type' ? p.type.words.map((w) => w.name) : [])),
    ),
  );
  return Object.fromEntries(
    declaration.parameters.map((p) => [
      p.name.name,
      p.default ? toStatic(evaluate(ctx, p.default, fileScope(file))) : null,
    ]),
  );
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
