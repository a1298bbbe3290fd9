/** Schemas of settings, and the reader that checks section entries against them, reporting everything that is wrong. */
import { suggest } from '../diagnostics/suggest';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { bindCall, writtenArguments, type Bound, type WrittenArgument } from '../bind/bind-call';
import { outOfRange, type NumberRange } from '../bind/number-range';
import type { Signature } from '../bind/signature';
import type { Expression, SettingEntry } from '../syntax/ast';
import { itemsOf } from '../syntax/items';
import type { Span } from '../source';
import { sourceText } from './study';

/** What a setting accepts. A field without `default` must be given; `default: null` means absent. */
export type Field = { readonly doc?: string } & FieldKind;
type FieldKind =
  | (NumberRange & { readonly kind: 'number'; readonly default?: number | null })
  | { readonly kind: 'word'; readonly words: readonly string[]; readonly default?: string | null }
  | { readonly kind: 'words'; readonly words: readonly string[]; readonly default?: readonly string[] }
  | { readonly kind: 'strings'; readonly default?: readonly string[] | null }
  /** Some strings may be written as words, without quotes. */
  | { readonly kind: 'string'; readonly words?: readonly string[]; readonly default?: string | null }
  /** The path of a file, or a model with hyper-parameters (a call with their texts). */
  | { readonly kind: 'file-or-model'; readonly file: string; readonly default?: undefined }
  | { readonly kind: 'boolean'; readonly default?: boolean }
  /** `count` numbers in parentheses. */
  | (NumberRange & { readonly kind: 'numbers'; readonly count: number; readonly default?: readonly number[] })
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

/** The settings of a section, and where they are written. */
export interface ReadSettings {
  readonly values: Settings;
  /** What was written for `optimizer`, or for `optimizer.rate`; null where the default stands. */
  place(path: string): Expression | null;
}

/** Where a reader is: what names begin with in messages and in paths, and what has been read so far by path. */
interface Where {
  readonly prefix: string;
  readonly path: string;
  readonly places: Map<string, Expression>;
}

function nowhere(): Where {
  return { prefix: '', path: '', places: new Map() };
}

/** Collects diagnostics of one file's sections. */
export class SettingReader {
  readonly diagnostics: Diagnostic[] = [];
  /** Where the settings of each section are written, by its kind and name. */
  readonly places = new Map<string, ReadSettings['place']>();
  report: (d: Diagnostic) => void = (d) => void this.diagnostics.push(d);

  /** The settings of a section; null where a required one is missing or wrong. */
  section(
    section: string,
    span: Span,
    entries: readonly SettingEntry[],
    fields: Fields,
    examples: { readonly [name: string]: string },
  ): ReadSettings | null {
    const signature: Signature = {
      callee: section,
      written: section,
      parameters: Object.keys(fields).map((name) => ({
        name,
        required: fields[name].default === undefined,
        example: examples[name],
      })),
      takes: 'settings',
    };
    const given = bindCall(signature, entries.map(asArgument), span);
    given.diagnostics.forEach((d) => this.report(d));
    const places = new Map<string, Expression>();
    const values = this.collect(fields, given, { prefix: '', path: '', places });
    return values && { values, place: (path) => places.get(path) ?? null };
  }

  private collect(fields: Fields, { given }: Bound<WrittenArgument>, where: Where): Settings | null {
    const out: Record<string, Setting> = {};
    let complete = true;
    for (const [name, field] of Object.entries(fields)) {
      const e = given.get(name)?.value;
      if (e) {
        where.places.set(where.path + name, e);
        const read = this.read(where.prefix + name, field, e, { ...where, path: `${where.path}${name}.` });
        if (read === undefined) complete = false;
        else out[name] = read;
      } else if (field.default !== undefined) out[name] = field.default;
      else complete = false;
    }
    return complete ? out : null;
  }

  /** One value; undefined after it was reported. */
  read(setting: string, field: Field, e: Expression, where: Where = nowhere()): Setting | undefined {
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
        const items = itemsOf(e);
        const names = items.map((i) => (i.kind === 'name' ? i.name : ''));
        return names.every((n) => field.words.includes(n))
          ? names
          : this.kind(setting, `some of ${field.words.join(', ')}`, e, field.words);
      }
      case 'strings': {
        const items = itemsOf(e);
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
        return this.call(setting, field, e, where);
      case 'calls':
        return this.calls(setting, field, e, where);
    }
  }

  private number(setting: string, field: Extract<Field, { kind: 'number' }>, e: Expression): number | undefined {
    const value = numberOf(e);
    if (value === null) return this.kind(setting, field.whole ? 'an Int' : 'a number', e);
    const wanted = outOfRange(field, value);
    return wanted === null ? value : this.range(setting, value, wanted, e);
  }

  private numbers(
    setting: string,
    { count, ...range }: Extract<Field, { kind: 'numbers' }>,
    e: Expression,
  ): readonly number[] | undefined {
    const items = e.kind === 'tuple' || e.kind === 'list' ? e.items.map(numberOf) : [];
    const numbers = items.filter((x) => x !== null);
    if (items.length !== count || numbers.length !== count) {
      const [words, example] = count === 2 ? ['two', '(0.9, 0.999)'] : ['three', '(0.9, 0.999, 0.9999)'];
      return this.kind(setting, `${words} numbers such as ${example}`, e);
    }
    const wrong = items.findIndex((x) => x !== null && outOfRange(range, x) !== null);
    if (wrong < 0) return numbers;
    const at = e.kind === 'tuple' || e.kind === 'list' ? e.items[wrong] : e;
    return this.range(setting, numbers[wrong], outOfRange(range, numbers[wrong]) ?? '', at);
  }

  private calls(
    setting: string,
    { calls }: Extract<Field, { kind: 'calls' }>,
    e: Expression,
    where: Where,
  ): readonly CallSetting[] | undefined {
    const items = itemsOf(e);
    const read = items.map((item) => this.call(setting, { kind: 'call', calls }, item, where));
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

  private call(
    setting: string,
    field: Extract<Field, { kind: 'call' }>,
    e: Expression,
    where: Where,
  ): CallSetting | undefined {
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
    const given = bindCall(callSignature(callee, fields), e.kind === 'call' ? writtenArguments(e.args) : [], e.span);
    given.diagnostics.forEach((d) => this.report(d));
    const args = this.collect(fields, given, { ...where, prefix: `${callee}.` });
    return args && given.diagnostics.length === 0 ? { call: callee, args } : undefined;
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
    this.report(diagnose('out-of-range', e.span, { what: `\`${setting}\``, found: String(value), range }));
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

/** The signature of a call that a setting may be, such as `adamw(rate, betas: (0.9, 0.999))`. */
export function callSignature(callee: string, fields: Fields): Signature {
  const items = Object.entries(fields).map(([name, field]) =>
    field.default === undefined ? name : `${name}: ${writtenDefault(field.default)}`,
  );
  return {
    callee,
    written: `${callee}(${items.join(', ')})`,
    parameters: Object.entries(fields).map(([name, field]) => ({ name, required: field.default === undefined })),
    takes: 'arguments',
  };
}

/** A default as a spec would write it; `…` for what is absent. */
function writtenDefault(value: Setting): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return '…';
  if (Array.isArray(value)) return value.length === 1 ? String(value[0]) : `(${value.join(', ')})`;
  return typeof value === 'object' ? (value as CallSetting).call : value === '' ? '""' : String(value);
}

/** `optimizer.rate = 1` is of the setting `optimizer.rate`, which no section has. */
function asArgument({ path, value }: SettingEntry): WrittenArgument {
  const name = path.map((p) => p.name).join('.');
  return { name: { name, span: path[0].span }, value, span: value.span };
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
