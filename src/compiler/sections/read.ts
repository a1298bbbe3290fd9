/** Reads the sections of a file: recipes, samples, exports and studies. */
// Tested by test/compiler/sections/train.test.ts.
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { LoadedFile } from '../link/load';
import type { ExportSettings, SampleSettings, TrainRecipe } from '../recipe/index';
import { trainFields } from '../recipe/train';
import type { Expression, SectionDeclaration, SettingEntry } from '../syntax/ast';
import { readAblation } from './ablation';
import { checkEntries } from './entries';
import { readExport } from './export';
import { checkRepeats } from './repeats';
import { withMasks } from './given-values';
import { readSample } from './sample';
import { SettingReader, sectionName, type Place } from './schema';
import { withSettings } from './set';
import type { WrittenStudy } from './study';
import { readSweep } from './sweep';
import { readTrain, type Readers } from './train';

export interface Sections {
  /** The errors that do not depend on the models. */
  readonly diagnostics: readonly Diagnostic[];
  readonly places: SettingReader['places'];
  readonly recipes: TrainRecipe[];
  readonly samples: SampleSettings[];
  readonly exports: ExportSettings[];
  readonly studies: WrittenStudy[];
}

/** `valueOf` gives a value as text, the same for `8` and `2 * 4`. */
export function readSections(file: LoadedFile, valueOf: (e: Expression) => string, readers: Readers): Sections {
  const reader = new SettingReader();
  const out: Sections = { recipes: [], samples: [], exports: [], studies: [], places: reader.places, diagnostics: [] };
  const keep = <T>(list: T[], item: T | null): void => void (item && list.push(item));
  for (const s of file.file.declarations) {
    if (s.kind !== 'section') continue;
    if (!s.model && s.section !== 'ablation') {
      reader.report(diagnose('section-without-model', s.span, { section: s.section }));
    }
    checkEntries(s).forEach(reader.report);
    checkRepeats(s, valueOf).forEach(reader.report);
    readSection({ reader, readers }, s, out, keep);
  }
  const samples = out.samples.map((sample) => withMasks(sample, out.recipes));
  return { ...out, samples, diagnostics: reader.diagnostics };
}

function readSection(
  { reader, readers }: { readonly reader: SettingReader; readonly readers: Readers },
  s: SectionDeclaration,
  out: Sections,
  keep: <T>(list: T[], item: T | null) => void,
): void {
  if (s.section === 'train') keep(out.recipes, readTrain(reader, s, readers));
  else if (s.section === 'sample') keep(out.samples, readSample(reader, s, readers.methods));
  else if (s.section === 'export') keep(out.exports, readExport(reader, s));
  else if (s.section === 'ablation') keep(out.studies, readAblation(reader, s));
  else keep(out.studies, readSweep(reader, s));
}

/** The places of the settings of the section with this kind and name. */
export function placeIn({ places }: Sections, kind: SectionDeclaration['section'], name: string): Place {
  for (const [s, place] of places) if (s.section === kind && sectionName(s) === name) return place;
  return () => null;
}

export function recipesOf({ recipes }: Sections, model: string): readonly TrainRecipe[] {
  return recipes.filter((r) => r.model === model);
}

/** The recipe of a train section with some of its settings replaced. */
export function recipeWith(
  { file, visible }: LoadedFile,
  name: string,
  settings: readonly SettingEntry[],
  readers: Readers,
): { recipe: TrainRecipe | null; diagnostics: readonly Diagnostic[] } {
  const written = file.declarations.find(
    (d) => d.kind === 'section' && d.section === 'train' && sectionName(d) === name,
  );
  if (written?.kind !== 'section') return { recipe: null, diagnostics: [] };
  const { section, diagnostics } = withSettings(written, trainFields, settings, visible);
  const reader = new SettingReader();
  return { recipe: readTrain(reader, section, readers), diagnostics: [...diagnostics, ...reader.diagnostics] };
}
