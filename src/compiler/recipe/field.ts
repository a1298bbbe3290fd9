/** A field describes what a setting takes, with its type. Schemas, types of recipes, choices and docs/settings.md follow from it. */
// Tested by test/compiler/recipe/choices.test.ts.
import { known } from '../bind/bind-call';
import type { Meaning } from '../bind/names';
import type { NumberRange } from '../bind/number-range';
import { sourceOf } from '../bind/signature';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { suggest } from '../diagnostics/suggest';
import { describe, type Evaluated } from '../lower/values';
import type { Call, Expression, Identifier } from '../syntax/ast';
import { expressionsIn } from '../syntax/items';
import { noNames, type SettingNames } from './hyperparameters';
import { numberNames, numberOf, type NumberOfName } from './written';

/** The values that may be written for a setting, described as data. */
export type Takes =
  /** `or` says in words what else. */
  | ({ readonly kind: 'number'; readonly or?: string } & NumberRange)
  /** `count` numbers in parentheses. */
  | ({ readonly kind: 'numbers'; readonly count: number } & NumberRange)
  | { readonly kind: 'word' | 'words'; readonly words: readonly string[] }
  | { readonly kind: 'strings' }
  /** Some strings may be written as words, without quotes. */
  | { readonly kind: 'string'; readonly words?: readonly string[] }
  /** The path of a file, or a model with hyper-parameters. */
  | { readonly kind: 'file-or-model'; readonly file: string }
  /** A model with hyper-parameters. */
  | { readonly kind: 'model' }
  | { readonly kind: 'boolean' }
  /** Arithmetic with some extra names, kept as text. */
  | { readonly kind: 'expression'; readonly words?: readonly string[] }
  /** A tap or a labelled block: `patch_blocks[8]` is the eighth block of a repetition, at the path `patch_blocks.7`. */
  | { readonly kind: 'place' }
  /** One of several calls; with `isAlone` there is only one, and its arguments are read without a `kind`. */
  | { readonly kind: 'call'; readonly choices: Choices; readonly isAlone?: true }
  /** One or more of several calls, each at most once: `(label(0.1), text(0.1))`. */
  | { readonly kind: 'calls'; readonly choices: Choices };

/** A choice that has a name and parameters: an optimiser, a solver, a source of data. */
export interface Choice<F extends Fields = Fields> {
  /** One sentence for the reference. */
  readonly doc: string;
  /** Examples, as a spec may write them. */
  readonly examples: readonly string[];
  /** The parameters, in the order in which they may be given without names. */
  readonly parameters: F;
}
export type Choices = { readonly [name: string]: Choice };
export type Fields = { readonly [name: string]: Field<unknown> };

/** A setting whose value is a `T`. `Absent`: the recipe has no key for it if the value is the default. */
export class Field<out T, Absent extends boolean = boolean> {
  // eslint-disable-next-line @typescript-eslint/max-params -- the record itself; a spec's fields are made by functions of two or three
  constructor(
    /** The purpose of the setting, in a few words. */
    readonly doc: string,
    readonly takes: Takes,
    /** Reads the written value; undefined if it is wrong, after the error is reported. */
    readonly read: (e: Expression, reading: Reading) => T | undefined,
    readonly isAbsent: Absent,
    /** The default; null for no value; undefined if the setting is required. */
    readonly standard?: T | null,
  ) {}

  /** The same field with a default. */
  or(standard: T): Field<T, false> {
    return new Field(this.doc, this.takes, this.read, false, standard);
  }

  /** The same field with null as the default. */
  orNull(): Field<T | null, false> {
    return new Field<T | null, false>(this.doc, this.takes, this.read, false, null);
  }

  /** The same field, absent from the recipe if nothing or the default is written. */
  optional(standard: T | null = null): Field<T, true> {
    return new Field(this.doc, this.takes, this.read, true, standard);
  }
}

/** The name of a setting in recipes: `hold_out` becomes `holdOut`. */
type Camel<Name> = Name extends `${infer First}_${infer Rest}` ? `${First}${Capitalize<Camel<Rest> & string>}` : Name;
type Value<F> = F extends Field<infer T> ? T : never;
type Flat<T> = { [K in keyof T]: T[K] };

/** The type of the values that fields read. */
export type Infer<F extends Fields> = Flat<
  {
    readonly [Name in keyof F as F[Name] extends Field<unknown, true> ? never : Camel<Name>]: Value<F[Name]>;
  } & {
    readonly [Name in keyof F as F[Name] extends Field<unknown, true> ? Camel<Name> : never]?: Value<F[Name]>;
  }
>;

/** Choices by name, with parameters `P`. */
export type ChoicesOf<P extends { readonly [name: string]: Fields }> = { readonly [Name in keyof P]: Choice<P[Name]> };

/** The types that choices with parameters `P` read: the values of the parameters, with the name of the choice as `kind`. */
export type ReadChoices<P extends { readonly [name: string]: Fields }> = {
  readonly [Name in keyof P]: { readonly kind: Name } & Infer<P[Name]>;
};

/** The parameters of some choices, by their names. */
export type ParametersOf<C extends Choices> = { readonly [Name in keyof C]: C[Name]['parameters'] };

/** The type that one of several choices with parameters `P` reads. */
export type Chosen<P extends { readonly [name: string]: Fields }> = ReadChoices<P>[Extract<keyof P, string>];

/** What a name in a section means. */
export type SettingMeaning =
  /** A setting of a section, or an argument of its value: `optimizer` of `train`, `rate` of `adamw`. */
  | { readonly kind: 'setting'; readonly of: string; readonly name: string; readonly field: Field<unknown> }
  /** A word that a setting takes: one of its calls, such as `adamw`, or a value such as `bf16`, for which `choice` is null. */
  | {
      readonly kind: 'value';
      readonly of: string;
      readonly name: string;
      readonly field: Field<unknown>;
      readonly choice: Choice | null;
    }
  /** An argument of a word of the language. */
  | Extract<Meaning, { readonly kind: 'parameter' }>;

/** What the readings of one section share. */
export interface SectionState {
  /** The written values by their paths. */
  readonly places: Map<string, Expression>;
  readonly names: SettingNames;
  /** Remembers what a name in the section means; null for one that is no word of its setting. */
  readonly settle: (name: Identifier, meaning: SettingMeaning | null) => void;
}

/** Settles the names in front of the arguments of a word, as in `cosine(end: 0.1)`. */
export function settleArguments({ callee, args }: Call, settle: SectionState['settle']): void {
  if (callee.kind !== 'name') return;
  for (const { name } of args)
    if (name) settle(name, { kind: 'parameter', callee: callee.name, name: name.name, place: null });
}

/** The words that may stand in a value. */
function wordsOf(takes: Takes): readonly string[] {
  return ('words' in takes && takes.words) || [];
}

/** The state of reading one setting: its name in messages, and a map of the places of its arguments. */
export class Reading {
  constructor(
    /** The name in messages: `optimizer`, or `adamw.rate`. */
    readonly setting: string,
    readonly report: (d: Diagnostic) => void,
    /** The path from the section: `optimizer.rate`. */
    private readonly path = '',
    private readonly section: SectionState = { places: new Map(), names: noNames, settle: () => undefined },
  ) {}

  /** What the section may name besides words. */
  get names(): SettingNames {
    return this.section.names;
  }

  /** The reading of argument `name` in the call of this setting. */
  argument(callee: string, name: string): Reading {
    return new Reading(`${callee}.${name}`, this.report, this.path && `${this.path}.${name}`, this.section);
  }

  /** Reads the written value, and remembers its place and what the names in it mean. */
  value<T>(field: Field<T>, e: Expression): T | undefined {
    this.section.places.set(this.path, e);
    if (!('choices' in field.takes)) this.settleNames(field, e);
    return field.read(e, this);
  }

  private settleNames(field: Field<unknown>, e: Expression): void {
    for (const found of expressionsIn(e)) {
      if (found.kind === 'call') settleArguments(found, this.section.settle);
      if (found.kind !== 'name') continue;
      const { name } = found;
      const isWord = field.takes.kind === 'place' || wordsOf(field.takes).includes(name);
      this.settle(found, isWord ? { kind: 'value', of: this.setting, name, field, choice: null } : null);
    }
  }

  settle(name: Identifier, meaning: SettingMeaning | null): void {
    this.section.settle(name, meaning);
  }

  /** The value of a number, or of arithmetic with numbers and hyper-parameters; null for other expressions. */
  number(e: Expression): number | null {
    return numberOf(e, this.numberOfName);
  }

  get numberOfName(): NumberOfName {
    return this.names.numberOf;
  }

  /** Reports an expression without a number: the first name in it that stands for none, or else its kind. */
  wrongNumber(expected: string, e: Expression): undefined {
    const name = numberNames(e).find((n) => this.numberOfName(n) === null);
    const { setting, names } = this;
    if (!name || (names.model === null && e === name)) return this.wrongKind(expected, e);
    // A model with errors of its own has reported them.
    if (names.model !== null && names.all === null) return undefined;
    const value = names.valueOf(name);
    const written = sourceOf(name);
    const all = [...(names.all ?? new Map<string, Evaluated>()).keys()];
    const facts = { setting, expected, name: written, model: names.model, known: all.join(', ') };
    const found = value && (value.kind === 'poison' ? 'no value' : describe(value));
    this.report(diagnose('setting-name', name.span, { ...facts, ...known(written, all), found }));
    return undefined;
  }

  /** `kind` describes the value that was found. */
  wrongKind(expected: string, e: Expression, candidates: readonly string[] = [], kind = ''): undefined {
    const { setting } = this;
    const text = e.span.source.text.slice(e.span.start, e.span.end).replace(/\s+/g, ' ');
    const name = e.kind === 'call' && e.callee.kind === 'name' ? e.callee.name : e.kind === 'name' ? e.name : '';
    const suggestion = suggest(name, [...candidates]).join(' or ');
    if (e.kind !== 'missing')
      this.report(
        diagnose('setting-kind', e.span, {
          setting,
          expected,
          found: [text || 'nothing', kind].filter(Boolean).join(', '),
          suggestion,
        }),
      );
    return undefined;
  }

  outOfRange(value: number, range: string, e: Expression): undefined {
    this.report(diagnose('out-of-range', e.span, { what: `\`${this.setting}\``, found: String(value), range }));
    return undefined;
  }
}
