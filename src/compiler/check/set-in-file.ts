/** `weft check --set`: hyper-parameters and settings given by hand, in every model and section of a file that has them. */
// Tested by test/compiler/sections/keys.test.ts.
import type { Diagnostic } from '../diagnostics/diagnostic';
import { divideSettings, fieldsOf, type GivenSettings, type SetSectionKind } from '../sections/keys';
import { withSettings } from '../sections/set';
import type { Declaration, SettingEntry } from '../syntax/ast';
import type { LoadedFile } from '../link/load';
import { baseOf } from '../bind/rules/sections';

export interface SetFile {
  /** The file with the given settings in its sections. */
  readonly main: LoadedFile;
  /** The text of the hyper-parameters that are set for a model. */
  writtenFor(model: string): GivenSettings;
  readonly diagnostics: readonly Diagnostic[];
}

export function setInFile(main: LoadedFile, given: GivenSettings): SetFile {
  if (Object.keys(given).length === 0) return { main, writtenFor: () => ({}), diagnostics: [] };
  const names = main.file.declarations.flatMap((d) =>
    d.kind === 'model' || d.kind === 'variant' ? [d.name.name] : [],
  );
  const trained = main.file.declarations.flatMap((d) => (d.kind === 'section' && d.model ? [d.model.name] : []));
  const ownNames = (name: string): string[] => baseOf(main, name)?.declaration.parameters.map((p) => p.name.name) ?? [];
  const hyperparameters = [...new Set([...names, ...trained].flatMap(ownNames))];
  const isThere = (kind: SetSectionKind): boolean =>
    main.file.declarations.some((d) => d.kind === 'section' && d.section === kind);
  const sections = (['train', 'sample', 'export'] as const).filter(isThere);
  const divided = divideSettings(given, hyperparameters, { reason: 'this file has none', sections });
  const diagnostics: Diagnostic[] = [...divided.diagnostics];
  const declarations = main.file.declarations.map((d) => setIn(main, d, divided.sections, diagnostics));
  return {
    main: { ...main, file: { ...main.file, declarations } },
    writtenFor: (model) => {
      const own = ownNames(model);
      return Object.fromEntries(Object.entries(divided.model).filter(([name]) => own.includes(name)));
    },
    diagnostics,
  };
}

function setIn(
  main: LoadedFile,
  d: Declaration,
  settings: { readonly [K in SetSectionKind]: readonly SettingEntry[] },
  diagnostics: Diagnostic[],
): Declaration {
  if (d.kind !== 'section' || (d.section !== 'train' && d.section !== 'sample' && d.section !== 'export')) return d;
  const set = withSettings(d, fieldsOf[d.section], settings[d.section], main.visible);
  diagnostics.push(...set.diagnostics);
  return set.section;
}
