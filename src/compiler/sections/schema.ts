/** Reads the settings of sections by their fields, reporting everything that is wrong. */
// Tested by test/compiler/sections/train.test.ts.
import { bindCall, type WrittenArgument } from '../bind/bind-call';
import type { Signature } from '../bind/signature';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { readFields } from '../recipe/choices';
import { Reading, settleArguments, type Field, type Fields, type Infer, type SettingMeaning } from '../recipe/field';
import { noNames } from '../recipe/hyperparameters';
import type { Span } from '../source';
import { expressionsIn } from '../syntax/items';
import type { Expression, GivenEntry, Identifier, SectionDeclaration, SettingEntry } from '../syntax/ast';

/** The expression written for `optimizer`, for `optimizer.rate` or for `given low`; null if the default is used. */
export type Place = (path: string) => Expression | null;

/** A name in a section; its meaning is null if it is no word of its setting. */
export interface SettingUse {
  readonly span: Span;
  readonly meaning: SettingMeaning | null;
}

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
  /** The names in sections with their meanings; null for one that is no word of its setting. */
  readonly uses: SettingUse[] = [];
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
      this.settleGiven(e);
      const { name, span } = e.name;
      if (places.has(`given ${name}`)) this.report(diagnose('duplicate-given', span, { name }));
      else places.set(`given ${name}`, e.value);
    }
    const place: Place = (path) => places.get(path) ?? null;
    this.places.set(s, place);
    const state = { places, names: this.names, settle: this.settle };
    const readingOf = (name: string): Reading => new Reading(name, this.report, name, state);
    return { values: readFields(s.section, fields, bound, readingOf), place };
  }

  /** The names of a condition: an input of the model, hyper-parameters, and words. */
  private settleGiven({ name, value }: GivenEntry): void {
    this.settle(name, null);
    for (const e of expressionsIn(value)) {
      if (e.kind === 'call') settleArguments(e, this.settle);
      if (e.kind === 'name') this.settle(e, null);
    }
  }

  readonly settle = ({ span }: Identifier, meaning: SettingMeaning | null): void =>
    void this.uses.push({ span, meaning });

  /** Reads one value; undefined if it is wrong, after the error is reported. */
  read<T>(setting: string, field: Field<T>, e: Expression): T | undefined {
    const state = { places: new Map(), names: this.names, settle: this.settle };
    return new Reading(setting, this.report, '', state).value(field, e);
  }
}

/** An entry as an argument. `optimizer.rate = 1` becomes a setting `optimizer.rate`, which no section has, so it is reported. */
function asArgument({ path, value }: SettingEntry): WrittenArgument {
  const name = path.map((p) => p.name).join('.');
  return { name: { name, span: path[0].span }, value, span: value.span };
}
