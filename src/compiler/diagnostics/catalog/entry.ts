/** The two ways to write a catalog entry: an error stops the compiler, a warning does not. */
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
