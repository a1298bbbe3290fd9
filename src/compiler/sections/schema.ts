/** Schemas of settings, and the reader that checks section entries against them, reporting everything that is wrong. */
import { suggest } from '../diagnostics/suggest';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { Argument, Expression, SettingEntry } from '../syntax/ast';
import type { Span } from '../source';
import { sourceText } from './study';

/** What a setting accepts. A field without `default` must be given; `default: null` means absent. */
export type Field =
  | {
      readonly kind: 'number';
      readonly min?: number;
      readonly max?: number;
      readonly integer?: boolean;
      readonly default?: number | null;
    }
  | { readonly kind: 'word'; readonly words: readonly string[]; readonly default?: string | null }
  | { readonly kind: 'words'; readonly words: readonly string[]; readonly default?: readonly string[] }
  | { readonly kind: 'strings'; readonly default?: readonly string[] | null }
  /** Some strings may be written as words, without quotes. */
  | { readonly kind: 'string'; readonly words?: readonly string[]; readonly default?: string | null }
  /** The path of a file, or a model with hyper-parameters (a call with their texts). */
  | { readonly kind: 'file-or-model'; readonly file: string; readonly default?: undefined }
  | { readonly kind: 'boolean'; readonly default?: boolean }
  /** `count` numbers in parentheses. */
  | {
      readonly kind: 'numbers';
      readonly count: number;
      readonly min: number;
      readonly max: number;
      readonly default?: readonly number[];
    }
  /** A tap, or a labelled block: `patch_blocks[8]` is the eighth of a repetition, at the path `patch_blocks.7`. */
  | { readonly kind: 'place'; readonly default?: string }
  /** One of several calls; arguments in order may be given without names. */
  | {
      readonly kind: 'call';
      readonly calls: { readonly [name: string]: Fields };
      readonly default?: CallSetting | null;
    }
  /** One or more of several calls, each at most once: `(label(0.1), text(0.1))`. */
  | {
      readonly kind: 'calls';
      readonly calls: { readonly [name: string]: Fields };
      readonly default?: readonly CallSetting[];
    };
export type Fields = { readonly [name: string]: Field };

export interface CallSetting {
  readonly call: string;
  readonly args: Settings;
}
export type Setting =
  number | string | boolean | null | readonly string[] | readonly number[] | CallSetting | readonly CallSetting[];
export type Settings = { readonly [name: string]: Setting };

/** Collects diagnostics of one file's sections. */
export class SettingReader {
  readonly diagnostics: Diagnostic[] = [];
  report: (d: Diagnostic) => void = (d) => void this.diagnostics.push(d);

  /** The settings of a section; null where a required one is missing or wrong. */
  section(
    section: string,
    span: Span,
    entries: readonly SettingEntry[],
    fields: Fields,
    examples: { readonly [name: string]: string },
  ): Settings | null {
    const given = new Map<string, SettingEntry>();
    for (const e of entries) {
      const name = e.path.map((p) => p.name).join('.');
      const earlier = given.get(name);
      if (earlier) this.report(diagnose('duplicate-setting', e.span, { setting: name }, earlier.span));
      else if (name in fields) given.set(name, e);
      else {
        const known = Object.keys(fields);
        const at = e.path[0].span;
        this.report(
          diagnose('unknown-setting', at, {
            section,
            setting: name,
            suggestion: suggest(name, known).join(' or '),
            known: known.join(', '),
          }),
        );
      }
    }
    return this.collect(
      fields,
      (name) => given.get(name)?.value,
      (name) => {
        this.report(
          diagnose('missing-setting', span, { section, setting: name, example: examples[name] ?? `${name} = …` }),
        );
      },
    );
  }

  private collect(
    fields: Fields,
    value: (name: string) => Expression | undefined,
    missing: (name: string) => void,
    prefix = '',
  ): Settings | null {
    const out: Record<string, Setting> = {};
    let complete = true;
    for (const [name, field] of Object.entries(fields)) {
      const e = value(name);
      if (e) {
        const read = this.read(prefix + name, field, e);
        if (read === undefined) complete = false;
        else out[name] = read;
      } else if (field.default !== undefined) out[name] = field.default;
      else {
        missing(name);
        complete = false;
      }
    }
    return complete ? out : null;
  }

  /** One value; undefined after it was reported. */
  read(setting: string, field: Field, e: Expression): Setting | undefined {
    switch (field.kind) {
      case 'number':
        return this.number(setting, field, e);
      case 'word': {
        const name = e.kind === 'name' ? e.name : e.kind === 'string' ? e.value : null;
        return name !== null && field.words.includes(name)
          ? name
          : this.kind(setting, `one of ${field.words.join(', ')}`, e, field.words);
      }
      case 'words': {
        const items = e.kind === 'tuple' || e.kind === 'list' ? e.items : [e];
        const names = items.map((i) => (i.kind === 'name' ? i.name : ''));
        return names.every((n) => field.words.includes(n))
          ? names
          : this.kind(setting, `some of ${field.words.join(', ')}`, e, field.words);
      }
      case 'strings': {
        const items = e.kind === 'tuple' || e.kind === 'list' ? e.items : [e];
        const texts = items.map((i) => (i.kind === 'string' ? i.value : null));
        return texts.every((t): t is string => t !== null) ? texts : this.kind(setting, 'a list of strings', e);
      }
      case 'string':
        if (e.kind === 'name' && field.words?.includes(e.name)) return e.name;
        return e.kind === 'string'
          ? e.value
          : this.kind(setting, ['a String', ...(field.words ?? [])].join(' or '), e, field.words);
      case 'file-or-model':
        return e.kind === 'string' ? e.value : (modelOf(e) ?? this.kind(setting, `${field.file} or a model`, e));
      case 'boolean':
        return e.kind === 'boolean' ? e.value : this.kind(setting, 'true or false', e);
      case 'numbers':
        return this.numbers(setting, field, e);
      case 'place':
        return placeOf(e) ?? this.kind(setting, 'a tap or a block such as patch_blocks[8]', e);
      case 'call':
        return this.call(setting, field, e);
      case 'calls':
        return this.calls(setting, field, e);
    }
  }

  private number(setting: string, field: Extract<Field, { kind: 'number' }>, e: Expression): number | undefined {
    const value = numberOf(e);
    if (value === null) return this.kind(setting, field.integer ? 'an Int' : 'a number', e);
    const { min = -Infinity, max = Infinity } = field;
    if (field.integer && !Number.isInteger(value)) return this.range(setting, value, 'a whole number', e);
    if (value >= min && value <= max) return value;
    const range =
      max === Infinity ? `at least ${min}` : min === -Infinity ? `at most ${max}` : `between ${min} and ${max}`;
    return this.range(setting, value, range, e);
  }

  private numbers(
    setting: string,
    { count, min, max }: Extract<Field, { kind: 'numbers' }>,
    e: Expression,
  ): readonly number[] | undefined {
    const items = e.kind === 'tuple' || e.kind === 'list' ? e.items.map(numberOf) : [];
    const numbers = items.filter((x) => x !== null);
    if (items.length !== count || numbers.length !== count) {
      const [words, example] = count === 2 ? ['two', '(0.9, 0.999)'] : ['three', '(0.9, 0.999, 0.9999)'];
      return this.kind(setting, `${words} numbers such as ${example}`, e);
    }
    const wrong = numbers.find((x) => x < min || x > max);
    return wrong === undefined ? numbers : this.range(setting, wrong, `between ${min} and ${max}`, e);
  }

  private calls(
    setting: string,
    { calls }: Extract<Field, { kind: 'calls' }>,
    e: Expression,
  ): readonly CallSetting[] | undefined {
    const items = e.kind === 'tuple' || e.kind === 'list' ? e.items : [e];
    const read = items.map((item) => this.call(setting, { kind: 'call', calls }, item));
    const first = new Map<string, Expression>();
    for (const [i, item] of items.entries()) {
      const name = read[i]?.call;
      const earlier = name === undefined ? undefined : first.get(name);
      if (earlier)
        this.report(diagnose('duplicate-setting', item.span, { setting: `${setting} ${name}` }, earlier.span));
      else if (name !== undefined) first.set(name, item);
    }
    return first.size === items.length ? read.filter((c) => c !== undefined) : undefined;
  }

  private call(setting: string, field: Extract<Field, { kind: 'call' }>, e: Expression): CallSetting | undefined {
    const names = Object.keys(field.calls);
    const callee = e.kind === 'call' && e.callee.kind === 'name' ? e.callee.name : e.kind === 'name' ? e.name : null;
    if (callee === null || !names.includes(callee)) {
      return this.kind(
        setting,
        names.map((n) => `${n}(${Object.keys(field.calls[n]).join(', ')})`).join(' or '),
        e,
        names,
      );
    }
    const fields = field.calls[callee];
    const given = this.arguments(callee, fields, e.kind === 'call' ? e.args : []);
    const args = this.collect(
      fields,
      (name) => given.get(name),
      (name) => {
        const facts = {
          setting,
          expected: `${callee} with \`${name}\``,
          found: `${callee} without it`,
          suggestion: '',
        };
        this.report(diagnose('setting-kind', e.span, facts));
      },
      `${callee}.`,
    );
    return args ? { call: callee, args } : undefined;
  }

  private arguments(callee: string, fields: Fields, args: readonly Argument[]): Map<string, Expression> {
    const names = Object.keys(fields);
    const given = new Map<string, Expression>();
    let position = 0;
    for (const a of args) {
      const name = a.name?.name ?? names[position++] ?? '';
      if (names.includes(name)) given.set(name, a.value);
      else {
        const known = names.join(', ') || 'no arguments';
        const setting = a.name ? name : `argument number ${position}`;
        this.report(
          diagnose('unknown-setting', a.name?.span ?? a.span, {
            section: callee,
            setting,
            suggestion: suggest(name, names).join(' or '),
            known,
          }),
        );
      }
    }
    return given;
  }

  private kind(setting: string, expected: string, e: Expression, candidates: readonly string[] = []): undefined {
    const text = e.span.source.text.slice(e.span.start, e.span.end).replace(/\s+/g, ' ');
    const name = e.kind === 'call' && e.callee.kind === 'name' ? e.callee.name : e.kind === 'name' ? e.name : '';
    const suggestion = suggest(name, [...candidates]).join(' or ');
    if (e.kind !== 'missing')
      this.report(diagnose('setting-kind', e.span, { setting, expected, found: text || 'nothing', suggestion }));
    return undefined;
  }

  private range(setting: string, value: number, range: string, e: Expression): undefined {
    this.report(diagnose('setting-range', e.span, { setting, found: String(value), range }));
    return undefined;
  }
}

/** `Model`, or `Model(width: 384)`. */
function modelOf(e: Expression): CallSetting | null {
  const [callee, given] = e.kind === 'call' ? [e.callee, e.args] : [e, []];
  if (callee.kind !== 'name') return null;
  const args = given.flatMap((a) => (a.name ? [[a.name.name, sourceText(a.value)] as const] : []));
  return { call: callee.name, args: Object.fromEntries(args) };
}

/** An argument of a call, by its name or by its place among those without one. */
export function argumentOf(e: Expression, name: string, place: number): Expression | null {
  if (e.kind !== 'call') return null;
  const named = e.args.find((a) => a.name?.name === name);
  return (named ?? e.args.filter((a) => !a.name).at(place))?.value ?? null;
}

/** A number literal, possibly negative. */
export function numberOf(e: Expression): number | null {
  if (e.kind === 'number') return e.value;
  if (e.kind === 'unary' && e.operator === '-' && e.operand.kind === 'number') return -e.operand.value;
  return null;
}

/** The path of a place in a model; blocks of a repetition are counted from 1 here and from 0 in paths. */
export function placeOf(e: Expression): string | null {
  if (e.kind === 'string') return e.value;
  if (e.kind === 'name') return e.name;
  if (e.kind === 'member') {
    const object = placeOf(e.object);
    return object && `${object}.${e.property.name}`;
  }
  if (e.kind !== 'index') return null;
  const [object, index] = [placeOf(e.object), numberOf(e.index)];
  return object !== null && index !== null && Number.isInteger(index) && index >= 1 ? `${object}.${index - 1}` : null;
}
