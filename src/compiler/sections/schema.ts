/** Reads the settings of sections by their fields, reporting everything that is wrong. */
// Tested by test/compiler/sections/train.test.ts.
import { bindCall, type WrittenArgument } from '../bind/bind-call';
import type { Signature } from '../bind/signature';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { readFields } from '../recipe/choices';
import { Reading, type Field, type Fields, type Infer } from '../recipe/field';
import { noNames } from '../recipe/hyperparameters';
import type { Expression, SectionDeclaration, SettingEntry } from '../syntax/ast';

/** The expression written for `optimizer`, for `optimizer.rate` or for `given low`; null if the default is used. */
export type Place = (path: string) => Expression | null;

/** The settings of a section, and their places. */
export interface ReadSettings<F extends Fields> {
  /** Null if a required setting is missing, or if one is wrong. */
  readonly values: Infer<F> | null;
  readonly place: Place;
}

/** The name of a section; its kind if it has none. */
export function sectionName({ name, section }: SectionDeclaration): string {
  return name?.name ?? section;
}

/** Collects diagnostics of one file's sections. */
export class SettingReader {
  readonly diagnostics: Diagnostic[] = [];
  /** The places of the settings of each section. */
  readonly places = new Map<SectionDeclaration, Place>();
  /** The hyper-parameters of the section that is read. */
  names = noNames;
  report: (d: Diagnostic) => void = (d) => void this.diagnostics.push(d);

  /** Reads the settings of a section; `examples` are shown for missing ones. */
  section<F extends Fields>(
    s: SectionDeclaration,
    fields: F,
    examples: { readonly [name: string]: string },
  ): ReadSettings<F> {
    const parameters = Object.entries(fields).map(([name, { standard }]) => ({
      name,
      required: standard === undefined,
      example: examples[name],
    }));
    const signature: Signature = { callee: s.section, written: s.section, parameters, takes: 'settings' };
    const settings = s.entries.filter((e): e is SettingEntry => e.kind === 'setting');
    const bound = bindCall(signature, settings.map(asArgument), s.name?.span ?? s.span);
    bound.diagnostics.forEach((d) => this.report(d));
    const places = new Map<string, Expression>();
    for (const e of s.entries) {
      if (e.kind !== 'given') continue;
      const { name, span } = e.name;
      if (places.has(`given ${name}`)) this.report(diagnose('duplicate-given', span, { name }));
      else places.set(`given ${name}`, e.value);
    }
    const place: Place = (path) => places.get(path) ?? null;
    this.places.set(s, place);
    const state = { places, names: this.names };
    return { values: readFields(fields, bound, (name) => new Reading(name, this.report, name, state)), place };
  }

  /** Reads one value; undefined if it is wrong, after the error is reported. */
  read<T>(setting: string, field: Field<T>, e: Expression): T | undefined {
    return field.read(e, new Reading(setting, this.report, '', { places: new Map(), names: this.names }));
  }
}

/** An entry as an argument. `optimizer.rate = 1` becomes a setting `optimizer.rate`, which no section has, so it is reported. */
function asArgument({ path, value }: SettingEntry): WrittenArgument {
  const name = path.map((p) => p.name).join('.');
  return { name: { name, span: path[0].span }, value, span: value.span };
}
