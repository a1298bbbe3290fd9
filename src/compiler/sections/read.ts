/** Reads the sections of a file: recipes, samples, exports and studies. */
// Tested by test/compiler/sections/train.test.ts.
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { LoadedFile } from '../link/load';
import type { ExportSettings, SampleSettings, TrainRecipe } from '../recipe/index';
import { noNames, SettingNames } from '../recipe/hyperparameters';
import { trainFields } from '../recipe/train';
import type { Expression, SectionDeclaration, SettingEntry } from '../syntax/ast';
import { readAblation } from './ablation';
import { checkEntries } from './entries';
import { readExport } from './export';
import { checkRepeats } from './repeats';
import { withMarks } from './given-values';
import { readSample } from './sample';
import { SettingReader, sectionName, type Place } from './schema';
import { withSettings } from './set';
import type { GivenSettings } from './keys';
import type { WrittenCase, WrittenStudy } from './study';
import { readSweep } from './sweep';
import { readTrain, type Readers } from './train';

export interface Sections {
  /** The errors that do not depend on the models. */
  readonly diagnostics: readonly Diagnostic[];
  readonly places: SettingReader['places'];
  readonly uses: SettingReader['uses'];
  readonly recipes: TrainRecipe[];
  readonly samples: SampleSettings[];
  readonly exports: ExportSettings[];
  readonly studies: WrittenStudy[];
}

/** The same by name, since a long file has thousands, each of which asks for others. */
interface Named {
  readonly sections: ReadonlyMap<string, SectionDeclaration>;
  readonly recipes: ReadonlyMap<string, TrainRecipe>;
  readonly recipesOf: ReadonlyMap<string, readonly TrainRecipe[]>;
  readonly samplesOf: ReadonlyMap<string, readonly SampleSettings[]>;
}

const named = new WeakMap<Sections, Named>();

/** Sections by name; computed once, as they are complete when they are asked for. */
function byName(sections: Sections): Named {
  const known = named.get(sections);
  if (known) return known;
  const written = [...sections.places.keys()].map((s) => [`${s.section} ${sectionName(s)}`, s] as const);
  // Of several with one name, the first counts.
  const found = {
    sections: new Map(written.toReversed()),
    recipes: new Map(sections.recipes.toReversed().map((r) => [r.name, r])),
    recipesOf: byModel(sections.recipes),
    samplesOf: byModel(sections.samples),
  };
  named.set(sections, found);
  return found;
}

function byModel<T extends { readonly model: string }>(all: readonly T[]): Map<string, T[]> {
  const found = new Map<string, T[]>(all.map(({ model }) => [model, []]));
  for (const item of all) found.get(item.model)?.push(item);
  return found;
}

/** `valueOf` gives a value as text, the same for `8` and `2 * 4`. */
export function readSections(file: LoadedFile, valueOf: (e: Expression) => string, readers: Readers): Sections {
  const reader = new SettingReader();
  const { places, uses } = reader;
  const out: Sections = { recipes: [], samples: [], exports: [], studies: [], places, uses, diagnostics: [] };
  const keep = <T>(list: T[], item: T | null): void => void (item && list.push(item));
  const all = file.file.declarations.filter((d) => d.kind === 'section');
  // Studies come first, since a train section may name one.
  for (const s of [...all.filter(isStudy), ...all.filter((d) => !isStudy(d))]) {
    if (!s.model && s.section !== 'ablation') {
      reader.report(diagnose('section-without-model', s.span, { section: s.section }));
    }
    checkEntries(s).forEach(reader.report);
    checkRepeats(s, valueOf).forEach(reader.report);
    readSection({ reader, readers }, s, out, keep);
  }
  const samples = out.samples.map((sample) => withMarks(sample, out.recipes));
  return { ...out, samples, diagnostics: reader.diagnostics };
}

function readSection(
  { reader, readers }: { readonly reader: SettingReader; readonly readers: Readers },
  s: SectionDeclaration,
  out: Sections,
  keep: <T>(list: T[], item: T | null) => void,
): void {
  if (s.section === 'train') keep(out.recipes, readOfEach(reader, s, readers, out.studies));
  else if (s.section === 'sample')
    keep(
      out.samples,
      withNames(reader, namesOfOne(s, readers, out.studies), () => readSample(reader, s, readers.methods)),
    );
  else if (s.section === 'export')
    keep(
      out.exports,
      withNames(reader, namesOfOne(s, readers, out.studies), () => readExport(reader, s)),
    );
  else if (s.section === 'ablation') keep(out.studies, readAblation(reader, s));
  else keep(out.studies, readSweep(reader, s));
}

function withNames<T>(reader: SettingReader, names: SettingNames, read: () => T): T {
  reader.names = names;
  const found = read();
  reader.names = noNames;
  return found;
}

/** The names of a section of one model. The cases of a study share their section, which may therefore use none. */
function namesOfOne(
  s: SectionDeclaration,
  readers: Readers,
  studies: readonly WrittenStudy[],
  set?: GivenSettings,
): SettingNames {
  return casesOf(studies, s).length > 0 ? noNames : namesFor(s, readers, { studied: null, set });
}

function isStudy({ section }: SectionDeclaration): boolean {
  return section === 'ablation' || section === 'sweep';
}

/** Reads a train section; if its settings depend on the model, once for each case of its study. The recipe is that of the first case. */
function readOfEach(
  reader: SettingReader,
  s: SectionDeclaration,
  readers: Readers,
  studies: readonly WrittenStudy[],
): TrainRecipe | null {
  const [first = null, ...others] = casesOf(studies, s);
  reader.names = namesFor(s, readers, { studied: first });
  const recipe = readTrain(reader, s, readers);
  const dependsOnCase = reader.names.isUsed;
  reader.names = noNames;
  if (!dependsOnCase) return recipe;
  for (const studied of others) {
    const other = new SettingReader();
    other.names = namesFor(s, readers, { studied });
    readTrain(other, s, readers);
    const related = { span: studied.span, message: `in case "${studied.name}" of ${s.model?.name}, called here` };
    other.diagnostics.forEach((d) => reader.report({ ...d, related: [...d.related, related] }));
  }
  return recipe;
}

/** The cases of the study that a section names; none if it names a model. */
function casesOf(studies: readonly WrittenStudy[], { model }: SectionDeclaration): readonly WrittenCase[] {
  return (model && studiesByName(studies).get(model.name)?.cases) ?? [];
}

const studyNames = new WeakMap<readonly WrittenStudy[], ReadonlyMap<string, WrittenStudy>>();

/** Studies by name, once all are read. */
function studiesByName(studies: readonly WrittenStudy[]): ReadonlyMap<string, WrittenStudy> {
  const known = studyNames.get(studies) ?? new Map(studies.toReversed().map((study) => [study.name, study]));
  studyNames.set(studies, known);
  return known;
}

/** The names that the settings of a train section may use. */
function namesFor(
  { model }: SectionDeclaration,
  { hyperparametersOf }: Readers,
  { studied, set }: { readonly studied: WrittenCase | null; readonly set?: GivenSettings },
): SettingNames {
  if (!model) return noNames;
  const shown = studied ? `${studied.base.name} in case "${studied.name}"` : model.name;
  return new SettingNames(shown, () => hyperparametersOf(studied ?? model.name, set));
}

/** The places of the settings of the section with this kind and name. */
export function placeIn(sections: Sections, kind: SectionDeclaration['section'], name: string): Place {
  const s = sectionOf(sections, kind, name);
  return (s && sections.places.get(s)) ?? (() => null);
}

/** The section with this kind and name; null if there is none. */
export function sectionOf(
  sections: Sections,
  kind: SectionDeclaration['section'],
  name: string,
): SectionDeclaration | null {
  return byName(sections).sections.get(`${kind} ${name}`) ?? null;
}

/** The recipe as it is written, of a name. */
export function recipeNamed(sections: Sections, name: string): TrainRecipe | null {
  return byName(sections).recipes.get(name) ?? null;
}

export function recipesOf(sections: Sections, model: string): readonly TrainRecipe[] {
  return byName(sections).recipesOf.get(model) ?? [];
}

export function samplesOf(sections: Sections, model: string): readonly SampleSettings[] {
  return byName(sections).samplesOf.get(model) ?? [];
}

/** What a recipe trains: hyper-parameters that are set by hand, and the name of a case if it trains a study; the first by default. */
export interface Trained {
  readonly set?: GivenSettings;
  readonly case?: string;
}

/** A file with its sections, and readers of what it declares. */
interface ReadFile {
  readonly main: LoadedFile;
  readonly studies: readonly WrittenStudy[];
  readonly readers: Readers;
}

/** A sample section read again with hyper-parameters that are set by hand; null if its settings then have errors. */
export function sampleFor(
  { main, studies, readers, recipes }: ReadFile & Pick<Sections, 'recipes'>,
  { name }: SampleSettings,
  set: GivenSettings,
): { settings: SampleSettings | null; diagnostics: readonly Diagnostic[] } {
  const written = writtenIn(main, 'sample', name);
  if (!written) return { settings: null, diagnostics: [] };
  const reader = new SettingReader();
  const names = namesOfOne(written, readers, studies, set);
  const read = withNames(reader, names, () => readSample(reader, written, readers.methods));
  return { settings: read && withMarks(read, recipes), diagnostics: reader.diagnostics };
}

/** An export section read again in the same way. */
export function exportFor(
  { main, studies, readers }: ReadFile,
  { name }: ExportSettings,
  set: GivenSettings,
): { settings: ExportSettings | null; diagnostics: readonly Diagnostic[] } {
  const written = writtenIn(main, 'export', name);
  if (!written) return { settings: null, diagnostics: [] };
  const reader = new SettingReader();
  const settings = withNames(reader, namesOfOne(written, readers, studies, set), () => readExport(reader, written));
  return { settings, diagnostics: reader.diagnostics };
}

/** The section of this kind and name. */
function writtenIn(
  { file }: LoadedFile,
  kind: SectionDeclaration['section'],
  name: string,
): SectionDeclaration | undefined {
  return file.declarations.find(
    (d): d is SectionDeclaration => d.kind === 'section' && d.section === kind && sectionName(d) === name,
  );
}

/** The recipe of a train section with some of its settings replaced. */
export function recipeWith(
  { main, studies, readers }: ReadFile,
  name: string,
  settings: readonly SettingEntry[],
  { set, case: wanted }: Trained,
): { recipe: TrainRecipe | null; diagnostics: readonly Diagnostic[] } {
  const written = writtenIn(main, 'train', name);
  if (!written) return { recipe: null, diagnostics: [] };
  const { section, diagnostics } = withSettings(written, trainFields, settings, main.visible);
  const reader = new SettingReader();
  const cases = casesOf(studies, section);
  const studied = cases.find((c) => c.name === wanted) ?? cases[0] ?? null;
  reader.names = namesFor(section, readers, { studied, set });
  return { recipe: readTrain(reader, section, readers), diagnostics: [...diagnostics, ...reader.diagnostics] };
}
