/** What a setting takes, as a value that carries its type: schemas, the typed recipe, choices and docs/settings.md follow from it. */
// Tested by test/compiler/recipe/choices.test.ts.
import type { NumberRange } from '../bind/number-range';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { suggest } from '../diagnostics/suggest';
import type { Expression } from '../syntax/ast';

/** What may be written for a setting, as data. */
export type Takes =
  | ({ readonly kind: 'number' } & NumberRange)
  /** `count` numbers in parentheses. */
  | ({ readonly kind: 'numbers'; readonly count: number } & NumberRange)
  | { readonly kind: 'word' | 'words'; readonly words: readonly string[] }
  | { readonly kind: 'strings' }
  /** Some strings may be written as words, without quotes. */
  | { readonly kind: 'string'; readonly words?: readonly string[] }
  /** The path of a file, or a model with hyper-parameters. */
  | { readonly kind: 'file-or-model'; readonly file: string }
  | { readonly kind: 'boolean' }
  /** Arithmetic with some names of its own, kept as it is written. */
  | { readonly kind: 'expression' }
  /** A tap, or a labelled block: `patch_blocks[8]` is the eighth of a repetition, at the path `patch_blocks.7`. */
  | { readonly kind: 'place' }
  /** One of several calls; the arguments of one that `isAlone` have no `kind` beside them. */
  | { readonly kind: 'call'; readonly choices: Choices; readonly isAlone?: true }
  /** One or more of several calls, each at most once: `(label(0.1), text(0.1))`. */
  | { readonly kind: 'calls'; readonly choices: Choices };

/** Something that is chosen by its name and has parameters: an optimiser, a solver, a source of data. */
export interface Choice<F extends Fields = Fields> {
  /** One sentence for the reference. */
  readonly doc: string;
  /** As a spec may write it. */
  readonly examples: readonly string[];
  /** In the order in which they may be given without names. */
  readonly parameters: F;
}
export type Choices = { readonly [name: string]: Choice };
export type Fields = { readonly [name: string]: Field<unknown> };

/** A setting whose value is a `T`. `Absent`: the recipe has no such key where the value is the one that stands for nothing. */
export class Field<out T, Absent extends boolean = boolean> {
  // eslint-disable-next-line @typescript-eslint/max-params -- the record itself; a spec's fields are made by functions of two or three
  constructor(
    /** What it is for, in a few words. */
    readonly doc: string,
    readonly takes: Takes,
    /** The value that is written, or undefined after what is wrong with it was reported. */
    readonly read: (e: Expression, reading: Reading) => T | undefined,
    readonly isAbsent: Absent,
    /** What stands where nothing is written, null for none; undefined where it must be given. */
    readonly standard?: T | null,
  ) {}

  /** With a value that stands where nothing is written. */
  or(standard: T): Field<T, false> {
    return new Field(this.doc, this.takes, this.read, false, standard);
  }

  /** Null where nothing is written. */
  orNull(): Field<T | null, false> {
    return new Field<T | null, false>(this.doc, this.takes, this.read, false, null);
  }

  /** Not in the recipe where nothing is written, or what stands for that. */
  optional(standard: T | null = null): Field<T, true> {
    return new Field(this.doc, this.takes, this.read, true, standard);
  }
}

/** A name in a spec as recipes have it: `hold_out` is `holdOut`. */
type Camel<Name> = Name extends `${infer First}_${infer Rest}` ? `${First}${Capitalize<Camel<Rest> & string>}` : Name;
type Value<F> = F extends Field<infer T> ? T : never;
type Flat<T> = { [K in keyof T]: T[K] };

/** What is read by some fields. */
export type Infer<F extends Fields> = Flat<
  {
    readonly [Name in keyof F as F[Name] extends Field<unknown, true> ? never : Camel<Name>]: Value<F[Name]>;
  } & {
    readonly [Name in keyof F as F[Name] extends Field<unknown, true> ? Camel<Name> : never]?: Value<F[Name]>;
  }
>;

/** Choices by name, whose parameters are `P`. */
export type ChoicesOf<P extends { readonly [name: string]: Fields }> = { readonly [Name in keyof P]: Choice<P[Name]> };

/** What is read of choices whose parameters are `P`: these, with the name of the choice as `kind`. */
export type ReadChoices<P extends { readonly [name: string]: Fields }> = {
  readonly [Name in keyof P]: { readonly kind: Name } & Infer<P[Name]>;
};

/** The parameters of some choices, by their names. */
export type ParametersOf<C extends Choices> = { readonly [Name in keyof C]: C[Name]['parameters'] };

/** What is read of one of choices whose parameters are `P`. */
export type Chosen<P extends { readonly [name: string]: Fields }> = ReadChoices<P>[Extract<keyof P, string>];

/** One setting while it is read: what it is called in messages, and where the values of its arguments are kept. */
export class Reading {
  constructor(
    /** `optimizer`, or `adamw.rate`. */
    readonly setting: string,
    readonly report: (d: Diagnostic) => void,
    /** `optimizer.rate` */
    private readonly path = '',
    private readonly places = new Map<string, Expression>(),
  ) {}

  /** The argument `name` of the call that this setting is. */
  argument(callee: string, name: string): Reading {
    return new Reading(`${callee}.${name}`, this.report, this.path && `${this.path}.${name}`, this.places);
  }

  /** The value that is written for it, with its place remembered. */
  value<T>(field: Field<T>, e: Expression): T | undefined {
    this.places.set(this.path, e);
    return field.read(e, this);
  }

  /** `kind` is what is known of the value that was found. */
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
