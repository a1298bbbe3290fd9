/** The kinds of settings that are not calls: numbers, words, strings, places. */
// Tested by test/compiler/recipe/choices.test.ts.
import { outOfRange, type NumberRange } from '../bind/number-range';
import type { Expression } from '../syntax/ast';
import { itemsOf } from '../syntax/items';
import { Field, type Reading } from './field';
import { modelOf, placeOf, type ModelCall } from './written';

export function number(doc: string, range: NumberRange = {}): Field<number, false> {
  const read = (e: Expression, reading: Reading): number | undefined => {
    const value = reading.number(e);
    if (value === null) return reading.wrongNumber(range.whole ? 'an Int' : 'a number', e);
    const wanted = outOfRange(range, value);
    return wanted === null ? value : reading.outOfRange(value, wanted, e);
  };
  return new Field(doc, { kind: 'number', ...range }, read, false);
}

/** Two numbers in parentheses. */
export function pair(doc: string, range: NumberRange = {}): Field<readonly [number, number], false> {
  const read = (e: Expression, reading: Reading): readonly [number, number] | undefined => {
    const [a, b] = numbers(2, range, e, reading) ?? [];
    return a === undefined || b === undefined ? undefined : [a, b];
  };
  return new Field(doc, { kind: 'numbers', count: 2, ...range }, read, false);
}

/** Three numbers in parentheses. */
export function triple(doc: string, range: NumberRange = {}): Field<readonly [number, number, number], false> {
  const read = (e: Expression, reading: Reading): readonly [number, number, number] | undefined => {
    const [a, b, c] = numbers(3, range, e, reading) ?? [];
    return a === undefined || b === undefined || c === undefined ? undefined : [a, b, c];
  };
  return new Field(doc, { kind: 'numbers', count: 3, ...range }, read, false);
}

function numbers(count: number, range: NumberRange, e: Expression, reading: Reading): readonly number[] | undefined {
  const items = e.kind === 'tuple' || e.kind === 'list' ? e.items : [];
  const values = items.map((item) => reading.number(item)).filter((x) => x !== null);
  if (items.length !== count || values.length !== count) {
    const [words, example] = count === 2 ? ['two', '(0.9, 0.999)'] : ['three', '(0.9, 0.999, 0.9999)'];
    return reading.wrongNumber(`${words} numbers such as ${example}`, e);
  }
  const wrong = values.findIndex((x) => outOfRange(range, x) !== null);
  if (wrong < 0) return values;
  return reading.outOfRange(values[wrong], outOfRange(range, values[wrong]) ?? '', items[wrong]);
}

/** One of some words, with or without quotes. */
export function word<W extends string>(doc: string, words: readonly W[]): Field<W, false> {
  const read = (e: Expression, reading: Reading): W | undefined => {
    const name = e.kind === 'name' ? e.name : e.kind === 'string' ? e.value : null;
    return words.find((w) => w === name) ?? reading.wrongKind(`one of ${words.join(', ')}`, e, words);
  };
  return new Field(doc, { kind: 'word', words }, read, false);
}

/** One or more of some words. */
export function words<W extends string>(doc: string, all: readonly W[]): Field<readonly W[], false> {
  const read = (e: Expression, reading: Reading): readonly W[] | undefined => {
    const items = itemsOf(e);
    const known = items.flatMap((i) => all.filter((w) => i.kind === 'name' && i.name === w));
    return known.length === items.length ? known : reading.wrongKind(`some of ${all.join(', ')}`, e, all);
  };
  return new Field(doc, { kind: 'words', words: all }, read, false);
}

/** A string; some may be written as words, without quotes. */
export function string(doc: string, words?: readonly string[]): Field<string, false> {
  const read = (e: Expression, reading: Reading): string | undefined => {
    if (e.kind === 'name' && words?.includes(e.name)) return e.name;
    return e.kind === 'string' ? e.value : reading.wrongKind(['a String', ...(words ?? [])].join(' or '), e, words);
  };
  return new Field(doc, { kind: 'string', ...(words && { words }) }, read, false);
}

export function strings(doc: string): Field<readonly string[], false> {
  const read = (e: Expression, reading: Reading): readonly string[] | undefined => {
    const items = itemsOf(e);
    const texts = items.flatMap((i) => (i.kind === 'string' ? [i.value] : []));
    return texts.length === items.length ? texts : reading.wrongKind('a list of strings', e);
  };
  return new Field(doc, { kind: 'strings' }, read, false);
}

/** Patterns of labels, as a list of strings or with commas in a string: `"*norm*, *.bias"`. */
export function labels(doc: string): Field<readonly string[], false> {
  const list = strings(doc);
  const read = (e: Expression, reading: Reading): readonly string[] | undefined =>
    list.read(e, reading)?.flatMap(patternsIn);
  return new Field(doc, list.takes, read, false);
}

/** The patterns in a string. No label has a comma or a space. */
export function patternsIn(text: string): string[] {
  return text.split(',').map((pattern) => pattern.trim());
}

/** `true` or `false`. */
export function flag(doc: string): Field<boolean, false> {
  const read = (e: Expression, reading: Reading): boolean | undefined => {
    const named = reading.names.valueOf(e);
    if (named?.kind === 'boolean') return named.value;
    return e.kind === 'boolean' ? e.value : reading.wrongKind('true or false', e);
  };
  return new Field(doc, { kind: 'boolean' }, read, false);
}

/** An expression, kept as text with values in place of hyper-parameters; the code that uses it evaluates it. `own` are its other names. */
export function expression(doc: string, own: ReadonlySet<string>): Field<string, false> {
  const read = (e: Expression, { names }: Reading): string | undefined =>
    e.kind === 'missing' ? undefined : names.textOf(e, own);
  return new Field(doc, { kind: 'expression', words: [...own] }, read, false);
}

/** The path of a tap, or of a labelled block. */
export function place(doc: string): Field<string, false> {
  const read = (e: Expression, reading: Reading): string | undefined =>
    placeOf(e, reading.numberOfName) ?? reading.wrongKind('a tap or a block such as patch_blocks[8]', e);
  return new Field(doc, { kind: 'place' }, read, false);
}

/** The path of a file, or a model with hyper-parameters; `file` says which files. */
export function fileOrModel(doc: string, file: string): Field<string | ModelCall, false> {
  const read = (e: Expression, reading: Reading): string | ModelCall | undefined =>
    e.kind === 'string' ? e.value : (modelOf(e) ?? reading.wrongKind(`${file} or a model`, e));
  return new Field(doc, { kind: 'file-or-model', file }, read, false);
}

/** The keys of a table, in order. */
export function namesOf<T extends object>(table: T): readonly Extract<keyof T, string>[] {
  const names: Extract<keyof T, string>[] = [];
  for (const name in table) names.push(name);
  return names;
}
