/** The meaning of keys in `--set key=value`: `width` of a model, `optimizer.rate` of its recipe, `sample.steps`, `export.dynamic`. */
import { known } from '../bind/bind-call';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { exportFields } from '../recipe/export';
import type { Fields } from '../recipe/field';
import { namesOf } from '../recipe/fields';
import { sampleFields } from '../recipe/sample';
import { trainFields } from '../recipe/train';
import type { SettingEntry } from '../syntax/ast';
import { readWritten } from './written';

/** Given settings: the text of each value by its key. */
export type GivenSettings = { readonly [key: string]: string };

/** Sections whose settings can be given by hand. */
export type SetSectionKind = 'train' | 'sample' | 'export';

export const fieldsOf: { readonly [K in SetSectionKind]: Fields } = {
  train: trainFields,
  sample: sampleFields,
  export: exportFields,
};

const kinds = namesOf(fieldsOf);

/** The command that reads the settings, and the sections that it uses. */
export interface SettingsReader {
  /** Why it does not use other sections: `weft run reads none`. */
  readonly reason: string;
  readonly sections: readonly SetSectionKind[];
}

export interface DividedSettings {
  /** Hyper-parameters, as written. */
  readonly model: GivenSettings;
  readonly sections: { readonly [K in SetSectionKind]: readonly SettingEntry[] };
  readonly diagnostics: readonly Diagnostic[];
}

/** Other words that people use for a setting, with its key. */
const otherKeys: { readonly [name: string]: string } = {
  guidance: 'sample.guidance',
  learning_rate: 'optimizer.rate',
  lr: 'optimizer.rate',
  opset: 'export.format.opset',
  rate: 'optimizer.rate',
  solver: 'sample.solver',
  wd: 'optimizer.decay',
  weight_decay: 'optimizer.decay',
};

/** Divides settings between the model and its sections. A hyper-parameter has priority over a setting of a recipe with its name. */
export function divideSettings(
  given: GivenSettings,
  hyperparameters: readonly string[],
  reader: SettingsReader,
): DividedSettings {
  const model: Record<string, string> = {};
  const sections: Record<SetSectionKind, SettingEntry[]> = { train: [], sample: [], export: [] };
  const diagnostics: Diagnostic[] = [];
  for (const [key, text] of Object.entries(given)) {
    const { entry, diagnostics: found } = readWritten(key, text);
    diagnostics.push(...found);
    if (!entry) continue;
    const kind = kindOf(entry, hyperparameters);
    if (kind === 'model') model[key] = text;
    else if (kind === null) diagnostics.push(unknownKey(entry, hyperparameters, reader));
    else if (!reader.sections.includes(kind)) {
      const facts = { key, section: kind, reason: reader.reason };
      diagnostics.push(diagnose('key-without-meaning', entry.span, facts));
    } else addTo(sections[kind], inSection(entry, kind), diagnostics);
  }
  return { model, sections, diagnostics };
}

function kindOf({ path }: SettingEntry, hyperparameters: readonly string[]): 'model' | SetSectionKind | null {
  const [first] = path;
  if (path.length === 1 && hyperparameters.includes(first.name)) return 'model';
  const named = kinds.find((kind) => kind === first.name);
  if (path.length > 1 && named) return named;
  return Object.hasOwn(trainFields, first.name) ? 'train' : null;
}

/** The setting without the section's name: `train.steps` is `steps` of a train section. */
function inSection(entry: SettingEntry, kind: SetSectionKind): SettingEntry {
  const isNamed = entry.path.length > 1 && entry.path[0].name === kind;
  return isNamed ? { ...entry, path: entry.path.slice(1) } : entry;
}

function addTo(entries: SettingEntry[], entry: SettingEntry, diagnostics: Diagnostic[]): void {
  const setting = keyOf(entry);
  const earlier = entries.find((e) => keyOf(e) === setting);
  if (earlier) diagnostics.push(diagnose('duplicate-setting', entry.span, { setting }, earlier.span));
  else entries.push(entry);
}

function keyOf({ path }: SettingEntry): string {
  return path.map((p) => p.name).join('.');
}

function unknownKey(entry: SettingEntry, hyperparameters: readonly string[], reader: SettingsReader): Diagnostic {
  const key = keyOf(entry);
  const settings = reader.sections.includes('train') ? Object.keys(trainFields) : [];
  const other = Object.hasOwn(otherKeys, key) ? otherKeys[key] : null;
  const section = other && kinds.find((kind) => other.startsWith(`${kind}.`));
  const names = known(entry.path[0].name, [...hyperparameters, ...settings]);
  const isUsed = other !== null && reader.sections.some((kind) => kind === (section ?? 'train'));
  const parts = [
    hyperparameters.length > 0 ? `the hyper-parameters ${hyperparameters.join(', ')}` : 'no hyper-parameters',
    ...reader.sections.map(
      (kind) =>
        `the settings ${Object.keys(fieldsOf[kind])
          .map((name) => (kind === 'train' ? name : `${kind}.${name}`))
          .join(', ')}`,
    ),
  ];
  const facts = { key, ...names, alias: isUsed ? other : names.alias, known: parts.join(', and ') };
  return diagnose('unknown-key', entry.span, facts);
}
