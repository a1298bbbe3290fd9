/** Limits on the number of problems: of thousands, the first ones are kept and shown, and the others are counted. */
// Tested by test/diagnostics/cases.test.ts.
import { diagnose, type Diagnostic, type Severity } from './diagnostic';

/** How many errors are shown for a file with its imports, and how many warnings. */
const shown = 100;
/** How many problems one pass over a text keeps; many of them may follow from others. */
const kept = 1000;

/** The problems found by one pass: the first `kept`, and the number of all others. */
export class Problems {
  readonly list: Diagnostic[] = [];
  /** The number left out. */
  more = 0;

  add(d: Diagnostic): void {
    if (this.list.length < kept) this.list.push(d);
    else this.more++;
  }
}

/** The first errors and warnings, in the order given; for each of the two, a last one says how many more there are. */
export function limited(diagnostics: readonly Diagnostic[], moreErrors = 0): readonly Diagnostic[] {
  if (diagnostics.length <= shown && moreErrors === 0) return diagnostics;
  const errors = first(diagnostics, 'error');
  const warnings = first(diagnostics, 'warning');
  const seen = new Set([...errors.list, ...warnings.list]);
  const listed = diagnostics.filter((d) => seen.has(d));
  const at = (d: Diagnostic | undefined): Diagnostic['span'] => (d ?? diagnostics[diagnostics.length - 1]).span;
  const count = errors.more + moreErrors;
  if (warnings.more > 0) listed.push(diagnose('more-warnings', at(warnings.next), { count: warnings.more }));
  if (count > 0) listed.push(diagnose('more-errors', at(errors.next), { count }));
  return listed;
}

/** The first `shown` diagnostics of a severity, the next one, and the number left. */
function first(
  diagnostics: readonly Diagnostic[],
  severity: Severity,
): { list: readonly Diagnostic[]; next: Diagnostic | undefined; more: number } {
  const all = diagnostics.filter((d) => d.severity === severity);
  return { list: all.slice(0, shown), next: all[shown], more: Math.max(0, all.length - shown) };
}
