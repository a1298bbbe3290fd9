/** What can be asked of a place in a checked file, as editors do: what a name means, where it comes from and is used, what an expression is. */
import type { Meaning, Names } from './bind/names';
import type { Elaborated, ElaborateOptions } from './lower/elaborate';
import { describe } from './lower/values';
import type { Source, Span } from './source';

export interface NameAt {
  /** Where it is used. */
  readonly span: Span;
  readonly meaning: Meaning;
  /** Where it is declared; null for words of the language. */
  readonly definition: Span | null;
  /** Every use of the same thing in the files that were loaded, this one among them. */
  readonly references: readonly Span[];
}

/** The name at a position of the text; null where there is none. */
export function nameAt({ uses }: Names, source: Source, position: number): NameAt | null {
  const use = uses.find(({ span }) => span.source === source && span.start <= position && position < span.end);
  if (!use) return null;
  const { span, meaning } = use;
  const references = uses.filter((other) => isSame(other.meaning, meaning)).map((other) => other.span);
  return { span, meaning, definition: definitionOf(meaning), references };
}

/** The values, with their shapes, that the smallest expression around a position has in a model: several in a block that is called several times. */
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
