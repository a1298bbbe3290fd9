/** `weft check --set`: hyper-parameters and settings given by hand, in every model and section of a file that has them. */
import type { Diagnostic } from '../diagnostics/diagnostic';
import type { Override } from '../lower/elaborate';
import { divideSettings, fieldsOf, type GivenSettings, type SetSectionKind } from '../sections/keys';
import { withSettings } from '../sections/set';
import { readWritten } from '../sections/written';
import type { Declaration, ModelDeclaration, SettingEntry, VariantDeclaration } from '../syntax/ast';
import type { LoadedFile } from './load';
import { baseOf } from './rules/sections';

export interface SetFile {
  /** The file as if its sections had been written so. */
  readonly main: LoadedFile;
  /** The hyper-parameters of a model that are set. */
  overridesOf(model: ModelDeclaration | VariantDeclaration): readonly Override[];
  /** The same as they are written, by the model's name. */
  writtenFor(model: string): GivenSettings;
  readonly diagnostics: readonly Diagnostic[];
}

export function setInFile(main: LoadedFile, given: GivenSettings): SetFile {
  if (Object.keys(given).length === 0) return { main, overridesOf: () => [], writtenFor: () => ({}), diagnostics: [] };
  const names = main.file.declarations.flatMap((d) =>
    d.kind === 'model' || d.kind === 'variant' ? [d.name.name] : [],
  );
  const trained = main.file.declarations.flatMap((d) => (d.kind === 'section' && d.model ? [d.model.name] : []));
  const ownNames = (name: string): string[] => baseOf(main, name)?.parameters.map((p) => p.name.name) ?? [];
  const hyperparameters = [...new Set([...names, ...trained].flatMap(ownNames))];
  const isThere = (kind: SetSectionKind): boolean =>
    main.file.declarations.some((d) => d.kind === 'section' && d.section === kind);
  const sections = (['train', 'sample', 'export'] as const).filter(isThere);
  const divided = divideSettings(given, hyperparameters, { reason: 'this file has none', sections });
  const diagnostics: Diagnostic[] = [...divided.diagnostics];
  const declarations = main.file.declarations.map((d) => setIn(d, divided.sections, diagnostics));
  const overrides = Object.entries(divided.model).flatMap(([name, text]): Override[] => {
    const { entry } = readWritten(name, text);
    return entry ? [{ name, nameSpan: entry.path[0].span, value: entry.value, scope: null }] : [];
  });
  return {
    main: { ...main, file: { ...main.file, declarations } },
    overridesOf: (model) => overrides.filter((o) => ownNames(model.name.name).includes(o.name)),
    writtenFor: (model) => {
      const own = ownNames(model);
      return Object.fromEntries(Object.entries(divided.model).filter(([name]) => own.includes(name)));
    },
    diagnostics,
  };
}

function setIn(
  d: Declaration,
  settings: { readonly [K in SetSectionKind]: readonly SettingEntry[] },
  diagnostics: Diagnostic[],
): Declaration {
  if (d.kind !== 'section' || (d.section !== 'train' && d.section !== 'sample' && d.section !== 'export')) return d;
  const set = withSettings(d, fieldsOf[d.section], settings[d.section]);
  diagnostics.push(...set.diagnostics);
  return set.section;
}
