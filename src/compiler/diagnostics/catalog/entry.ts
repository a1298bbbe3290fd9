/** The two ways to write a catalog entry: an error stops the compiler, a warning does not. */
// Tested by test/diagnostics/cases.test.ts.
import type { CatalogEntry } from '../diagnostic';

/** The words of an entry; `F` are the facts a call site must pass. */
export type Words<F> = Omit<CatalogEntry<F>, 'severity'>;

/** An entry whose diagnostic means that the spec cannot be compiled. */
export function error<F>(words: Words<F>): CatalogEntry<F> {
  return { severity: 'error', ...words };
}

/** An entry whose diagnostic means that the spec compiles but is probably not what the author intended. */
export function warning<F>(words: Words<F>): CatalogEntry<F> {
  return { severity: 'warning', ...words };
}

/** Suggestions for an unknown name. */
export type NameFacts = {
  /** Known names with nearly the same spelling. */
  suggestion: string;
  /** The Weft name of something that other libraries call by the unknown name. */
  alias?: string | null;
};

/** `Did you mean eps?`, or the name that Weft has for it; empty if neither is known. */
export function meant({ suggestion, alias }: NameFacts): string {
  if (alias) return `It is called \`${alias}\` here.`;
  return suggestion && `Did you mean ${suggestion}?`;
}
