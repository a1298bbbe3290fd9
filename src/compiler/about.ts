/** What a name is, in words for the reader of a spec: how it is written, what it is for, and what it takes. */
// Tested by test/compiler/ask.test.ts.
import { describeRange } from './bind/number-range';
import type { Meaning } from './bind/names';
import { declaredSignature, formatType, sourceOf } from './bind/signature';
import { input } from './ir/graph';
import type { NamedDeclaration } from './link/load';
import { givenWords } from './lower/givens/words';
import { scheduleWords } from './lower/schedule';
import { isConstantWord, words } from './lower/words/index';
import type { Word } from './lower/words/word';
import { choiceSignature } from './recipe/choices';
import { defaultOf, kindOf } from './recipe/describe';
import type { Field, SettingMeaning } from './recipe/field';
import type { Parameter } from './syntax/ast';

export interface About {
  /** `linear(x, out, bias: true)`; for a setting, what it takes, and its default. */
  readonly written: string;
  /** Empty if its declaration has no comment. */
  readonly doc: string;
  readonly parameters: readonly AboutParameter[];
}

export interface AboutParameter {
  readonly name: string;
  /** What it takes, and its default. */
  readonly takes: string;
  readonly doc: string;
}

/** Null for names of values, of which `valuesAt` knows more, and for unknown names. */
export function about(meaning: Meaning | SettingMeaning): About | null {
  switch (meaning.kind) {
    case 'declaration':
      return aboutDeclaration(meaning.declaration);
    case 'word':
      return aboutWord(wordNamed(meaning.name));
    case 'parameter':
      return aboutParameter(meaning);
    case 'setting':
      return { written: `${meaning.name}: ${takenBy(meaning.field)}`, doc: meaning.field.doc, parameters: [] };
    case 'value':
      return aboutValue(meaning);
    default:
      return null;
  }
}

function aboutDeclaration(d: NamedDeclaration): About {
  const { name, doc } = d;
  if (d.kind === 'variant') return { written: textOf(d), doc, parameters: [] };
  const { written } = declaredSignature(name.name, d.parameters);
  return { written, doc, parameters: d.parameters.map((p) => ({ name: p.name.name, takes: typeOf(p), doc: '' })) };
}

function textOf({ span: { source, start, end } }: NamedDeclaration): string {
  return source.text.slice(start, end).trim();
}

function typeOf({ type, default: standard }: Parameter): string {
  return [type && formatType(type), standard && `${sourceOf(standard)} by default`].filter(Boolean).join('; ');
}

function aboutWord(word: Word | undefined): About | null {
  if (!word) return null;
  const { doc, signature } = word;
  if (isConstantWord(word)) return { written: signature.callee, doc, parameters: [] };
  const parameters = signature.parameters.map((p) => ({ name: p.name, takes: takenByWord(p), doc: p.doc }));
  return { written: signature.written, doc, parameters };
}

function takenByWord({ kind, range, default: standard }: Word['signature']['parameters'][number]): string {
  const number = range ? describeRange(range).replace(/^a finite number$/, '') : '';
  return [kind, number, standard === null ? '' : `${standard} by default`].filter(Boolean).join('; ');
}

/** What stands in front of an argument: a parameter of a word, or one that a spec declares. */
function aboutParameter({ callee, name, place }: Extract<Meaning, { readonly kind: 'parameter' }>): About | null {
  if (place) return { written: place.source.text.slice(place.start, place.end), doc: '', parameters: [] };
  const parameter = aboutWord(wordNamed(callee))?.parameters.find((p) => p.name === name);
  return parameter ? { written: `${name}: ${parameter.takes}`, doc: parameter.doc, parameters: [] } : null;
}

function aboutValue({ name, field, choice }: Extract<SettingMeaning, { readonly kind: 'value' }>): About {
  if (!choice) {
    const word = field.takes.kind === 'expression' ? wordNamed(name) : undefined;
    return aboutWord(word) ?? { written: name, doc: field.doc, parameters: [] };
  }
  const { doc, parameters } = choice;
  return {
    written: choiceSignature(name, parameters).written,
    doc,
    parameters: Object.entries(parameters).map(([p, of]) => ({ name: p, takes: takenBy(of), doc: of.doc })),
  };
}

/** Whether sections may use a name as a word: of the language, of schedules, or of conditions. */
export function isWord(name: string): boolean {
  return wordNamed(name) !== undefined;
}

function wordNamed(name: string): Word | undefined {
  return words.get(name) ?? scheduleWords(start).get(name) ?? givenWords(sources).get(name);
}

/** Words say the same at every step, and from whatever they draw. */
const start = { step: 0, steps: 1, warmup: 0 };
const sources = {
  seed: input('seed', [2], 'i32'),
  nextStream: () => 0,
  side: { height: 8, width: 8 },
  paired: null,
} as const;

function takenBy(field: Field<unknown>): string {
  return `${kindOf(field)}; ${defaultOf(field)}`;
}
