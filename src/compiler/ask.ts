/**
 * Answers the questions that editors ask about a place in a checked file: what a name means, where it is declared and used,
 * what value an expression has.
 */
import type { Meaning, Names } from './bind/names';
import type { Elaborated, ElaborateOptions } from './lower/elaborate';
import { describe } from './lower/values';
import type { Source, Span } from './source';

export interface NameAt {
  /** The use at the position that was asked about. */
  readonly span: Span;
  readonly meaning: Meaning;
  /** Where it is declared; null for words of the language. */
  readonly definition: Span | null;
  /** Every use of the same thing in all loaded files, including this one. */
  readonly references: readonly Span[];
}

/** The name at a position of the text, as an offset; null if there is none. */
export function nameAt({ uses }: Names, source: Source, position: number): NameAt | null {
  const use = uses.find(({ span }) => span.source === source && span.start <= position && position < span.end);
  if (!use) return null;
  const { span, meaning } = use;
  const references = uses.filter((other) => isSame(other.meaning, meaning)).map((other) => other.span);
  return { span, meaning, definition: definitionOf(meaning), references };
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

function definitionOf(meaning: Meaning): Span | null {
  if (meaning.kind === 'local') return meaning.binding.span;
  if (meaning.kind === 'declaration') return meaning.declaration.name.span;
  return meaning.kind === 'parameter' ? meaning.place : null;
}

function isSame(a: Meaning, b: Meaning): boolean {
  if (a.kind === 'local') return b.kind === 'local' && a.binding === b.binding;
  if (a.kind === 'declaration') return b.kind === 'declaration' && a.declaration === b.declaration;
  if (a.kind === 'parameter') return b.kind === 'parameter' && a.callee === b.callee && a.name === b.name;
  return a.kind !== 'unknown' && a.kind === b.kind && 'name' in b && a.name === b.name;
}
