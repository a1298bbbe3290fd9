/**
 * Answers the questions that editors ask about a place in a checked file: what a name means, where it is declared and used,
 * what value an expression has.
 */
import { about, isWord, type About } from './about';
import type { Meaning, Names } from './bind/names';
import { baseOf } from './bind/rules/sections';
import type { LoadedFile } from './link/load';
import type { Elaborated, ElaborateOptions } from './lower/elaborate';
import { describe } from './lower/values';
import type { SettingMeaning } from './recipe/field';
import type { SettingUse } from './sections/schema';
import type { Source, Span } from './source';
import type { ModelDeclaration } from './syntax/ast';
import { declarationsAt } from './syntax/declaration-at';
import { withBranches } from './syntax/statements';

export interface NameAt {
  /** The use, or the name that is declared, at the position that was asked about. */
  readonly span: Span;
  readonly meaning: Meaning | SettingMeaning;
  /** What it is, what it takes and what it is for; null for names of values. */
  readonly about: About | null;
  /** Where it is declared; null for words of the language and for settings. */
  readonly definition: Span | null;
  /** Every use of the same thing in all loaded files, including this one, without its declaration. */
  readonly references: readonly Span[];
}

interface AnyUse {
  readonly span: Span;
  readonly meaning: NameAt['meaning'];
}

/** The names of a checked file: those of all declarations, and those in its sections. */
export interface AllNames {
  readonly file: LoadedFile;
  readonly names: Names;
  readonly settings: readonly SettingUse[];
}

/** The name at a position of the text, as an offset; null if there is none. */
export function nameAt({ file, names, settings }: AllNames, position: number): NameAt | null {
  const uses: readonly AnyUse[] = [...names.uses, ...settings.flatMap((use) => settled(file, use))];
  const isHere = (span: Span): boolean => span.source === file.source && span.start <= position && position < span.end;
  const use = uses.find(({ span }) => isHere(span)) ?? declaredAt(uses, isHere);
  if (!use) return null;
  const { span, meaning } = use;
  const references = uses.filter((other) => isSame(other.meaning, meaning)).map((other) => other.span);
  return { span, meaning, about: about(meaning), definition: definitionOf(meaning), references };
}

/**
 * A name in a section. One that is no word of its setting is a hyper-parameter or an input of the section's model, or a word of
 * the language.
 */
function settled(file: LoadedFile, { span, meaning }: SettingUse): readonly AnyUse[] {
  if (meaning) return [{ span, meaning }];
  const name = span.source.text.slice(span.start, span.end);
  const [section] = declarationsAt(file.file, span.start);
  const model = section?.kind === 'section' && section.model ? baseOf(file, section.model.name)?.declaration : null;
  const place = model && placeIn(model, name);
  if (model && place) return [{ span, meaning: { kind: 'parameter', callee: model.name.name, name, place } }];
  return isWord(name) ? [{ span, meaning: { kind: 'word', name } }] : [];
}

/** Where a model declares a hyper-parameter or an input. */
function placeIn({ parameters, body }: ModelDeclaration, name: string): Span | undefined {
  const parameter = parameters.find((p) => p.name.name === name);
  const input = withBranches(body).find((s) => s.kind === 'input' && s.name.name === name);
  return parameter?.span ?? (input?.kind === 'input' ? input.name.span : undefined);
}

/** The name that is declared at a place, if it is used anywhere. */
function declaredAt(uses: readonly AnyUse[], isHere: (span: Span) => boolean): AnyUse | null {
  for (const { meaning } of uses) {
    const definition = definitionOf(meaning);
    if (!definition) continue;
    const span = { ...definition, end: definition.start + writtenName(meaning).length };
    if (isHere(span)) return { span, meaning };
  }
  return null;
}

/** The values, with their shapes, of the smallest expression around a position in a model. There are several if its block is called several times. */
export function valuesAt(
  elaborate: (how: ElaborateOptions) => Elaborated,
  source: Source,
  position: number,
): readonly string[] {
  let smallest: Span | null = null;
  let values = new Set<string>();
  elaborate({
    observe: ({ span }, value) => {
      if (span.source !== source || span.start > position || span.end <= position) return;
      const isSmaller = !smallest || span.end - span.start < smallest.end - smallest.start;
      if (!isSmaller && span !== smallest) return;
      if (isSmaller) [smallest, values] = [span, new Set()];
      values.add(describe(value));
    },
  });
  return [...values];
}

/** Where a name is declared; null for names that no text declares, such as `gradient` in an optimiser. */
function definitionOf(meaning: NameAt['meaning']): Span | null {
  const place = placeOf(meaning);
  return place && place.source.text.startsWith(writtenName(meaning), place.start) ? place : null;
}

function placeOf(meaning: NameAt['meaning']): Span | null {
  if (meaning.kind === 'local') return meaning.binding.span;
  if (meaning.kind === 'declaration') return meaning.declaration.name.span;
  return meaning.kind === 'parameter' ? meaning.place : null;
}

/** The name of what is meant, as its declaration writes it. */
function writtenName(meaning: NameAt['meaning']): string {
  if (meaning.kind === 'local') return meaning.binding.name;
  if (meaning.kind === 'declaration') return meaning.declaration.name.name;
  return meaning.kind === 'unknown' ? '' : meaning.name;
}

/** Whether two uses mean one thing: a parameter is the same in its body and in front of an argument. */
function isSame(a: NameAt['meaning'], b: NameAt['meaning']): boolean {
  const [first, second] = [definitionOf(a), definitionOf(b)];
  if (first && second) return first.source === second.source && first.start === second.start;
  if (a.kind === 'local') return b.kind === 'local' && a.binding === b.binding;
  if (a.kind === 'declaration') return b.kind === 'declaration' && a.declaration === b.declaration;
  if (a.kind === 'parameter') return b.kind === 'parameter' && a.callee === b.callee && a.name === b.name;
  if (a.kind === 'setting' || a.kind === 'value') return b.kind === a.kind && a.of === b.of && a.name === b.name;
  return a.kind !== 'unknown' && a.kind === b.kind && 'name' in b && a.name === b.name;
}
