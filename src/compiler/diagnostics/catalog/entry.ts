/** The two ways to write a catalog entry: an error stops the compiler, a warning does not. */
// Tested by test/diagnostics/cases.test.ts.
import type { CatalogEntry } from '../diagnostic';

/** The words of an entry; `F` are the facts a call site must pass. */
export type Words<F> = Omit<CatalogEntry<F>, 'severity'>;

/** An entry whose diagnostic means: the spec cannot be compiled as it stands. */
export function error<F>(words: Words<F>): CatalogEntry<F> {
  return { severity: 'error', ...words };
}

/** An entry whose diagnostic means: the spec compiles, but probably does not say what was intended. */
export function warning<F>(words: Words<F>): CatalogEntry<F> {
  return { severity: 'warning', ...words };
}

/** What an unknown name may stand for. */
export type NameFacts = {
  /** Names that are spelt nearly so. */
  suggestion: string;
  /** What other libraries call so. */
  alias?: string | null;
};

/** `Did you mean eps?`, or what the thing is called here; nothing where neither is known. */
export function meant({ suggestion, alias }: NameFacts): string {
  if (alias) return `It is called \`${alias}\` here.`;
  return suggestion && `Did you mean ${suggestion}?`;
}
