/** Puts problems in the order they are shown: each once, from top to bottom. */
// Tested by test/diagnostics/cases.test.ts.
import type { Source } from '../source';
import type { Diagnostic } from './diagnostic';

/** Identifies a problem by its code and place: a block that is built several times reports the same problem each time. */
export function placeOf({ code, span }: Diagnostic): string {
  return `${code} ${span.source.path} ${span.start}`;
}

/** Only the first problem of each code at each place. */
export function withoutRepeats(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const first = new Map<string, Diagnostic>();
  for (const d of diagnostics) if (!first.has(placeOf(d))) first.set(placeOf(d), d);
  return [...first.values()];
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
