/**
 * Answers the questions that editors ask about a place in a checked file: what a name means, where it is declared and used,
 * what value an expression has.
 */
import type { Meaning, Names, Use } from './bind/names';
import type { Elaborated, ElaborateOptions } from './lower/elaborate';
import { describe } from './lower/values';
import type { Source, Span } from './source';

export interface NameAt {
  /** The use, or the name that is declared, at the position that was asked about. */
  readonly span: Span;
  readonly meaning: Meaning;
  /** Where it is declared; null for words of the language. */
  readonly definition: Span | null;
  /** Every use of the same thing in all loaded files, including this one, without its declaration. */
  readonly references: readonly Span[];
}

/** The name at a position of the text, as an offset; null if there is none. */
export function nameAt({ uses }: Names, source: Source, position: number): NameAt | null {
  const isHere = (span: Span): boolean => span.source === source && span.start <= position && position < span.end;
  const use = uses.find(({ span }) => isHere(span)) ?? declaredAt(uses, isHere);
  if (!use) return null;
  const { span, meaning } = use;
  const references = uses.filter((other) => isSame(other.meaning, meaning)).map((other) => other.span);
  return { span, meaning, definition: definitionOf(meaning), references };
}

/** The name that is declared at a place, if it is used anywhere. */
function declaredAt(uses: readonly Use[], isHere: (span: Span) => boolean): Use | null {
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
function definitionOf(meaning: Meaning): Span | null {
  const place = placeOf(meaning);
  return place && place.source.text.startsWith(writtenName(meaning), place.start) ? place : null;
}

function placeOf(meaning: Meaning): Span | null {
  if (meaning.kind === 'local') return meaning.binding.span;
  if (meaning.kind === 'declaration') return meaning.declaration.name.span;
  return meaning.kind === 'parameter' ? meaning.place : null;
}

/** The name of what is meant, as its declaration writes it. */
function writtenName(meaning: Meaning): string {
  if (meaning.kind === 'local') return meaning.binding.name;
  if (meaning.kind === 'declaration') return meaning.declaration.name.name;
  return meaning.kind === 'unknown' ? '' : meaning.name;
}

/** Whether two uses mean one thing: a parameter is the same in its body and in front of an argument. */
function isSame(a: Meaning, b: Meaning): boolean {
  const [first, second] = [definitionOf(a), definitionOf(b)];
  if (first && second) return first.source === second.source && first.start === second.start;
  if (a.kind === 'local') return b.kind === 'local' && a.binding === b.binding;
  if (a.kind === 'declaration') return b.kind === 'declaration' && a.declaration === b.declaration;
  if (a.kind === 'parameter') return b.kind === 'parameter' && a.callee === b.callee && a.name === b.name;
  return a.kind !== 'unknown' && a.kind === b.kind && 'name' in b && a.name === b.name;
}
