/** Puts problems in the order they are shown: each once, from top to bottom. */
// Tested by test/diagnostics/cases.test.ts.
import type { Source } from '../source';
import type { Code } from './catalog';
import type { Diagnostic } from './diagnostic';

/**
 * The problems of one phase, each code once at each place: a block that is built several times has the same problem each time,
 * and so has a declaration that several sections name.
 */
export class Reported {
  private readonly places = new Map<Source, Map<number, Set<Code>>>();

  has({ code, span }: Diagnostic): boolean {
    return this.places.get(span.source)?.get(span.start)?.has(code) ?? false;
  }

  /** Adds a problem; false if there was already one of its code at its place. */
  add({ code, span }: Diagnostic): boolean {
    const starts = this.places.get(span.source) ?? new Map<number, Set<Code>>();
    const codes = starts.get(span.start) ?? new Set();
    if (codes.has(code)) return false;
    this.places.set(span.source, starts.set(span.start, codes.add(code)));
    return true;
  }
}

/** Only the first problem of each code at each place. */
export function withoutRepeats(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const reported = new Reported();
  return diagnostics.filter((d) => reported.add(d));
}

/** Files in the order they were loaded; inside a file from top to bottom. */
export function inOrder(
  diagnostics: readonly Diagnostic[],
  files: readonly { readonly source: Source }[],
): Diagnostic[] {
  const rank = new Map(files.map((f, i) => [f.source, i]));
  const of = (d: Diagnostic): number => rank.get(d.span.source) ?? files.length;
  return [...diagnostics].sort((a, b) => of(a) - of(b) || a.span.start - b.span.start);
}
