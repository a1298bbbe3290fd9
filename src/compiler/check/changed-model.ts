/** A recipe's model with other hyper-parameters, in a phase or a bucket: it must be sound, and have the weights of the run. */
// Tested by test/diagnostics/cases.test.ts.
import type { Diagnostic, Related } from '../diagnostics/diagnostic';
import { differingWeight } from '../lower/differing-weight';
import type { Elaborated } from '../lower/elaborate';
import type { ModelGraph } from '../lower/model';

/** Its errors, each with the place that asks for it, and the first weight by which it differs; null for none. */
export function changedModel(
  model: ModelGraph,
  built: Elaborated,
  asked: Related,
): { readonly errors: readonly Diagnostic[]; readonly weight: string | null } {
  const errors = built.diagnostics.filter((d) => d.severity === 'error');
  return {
    errors: errors.map((d) => ({ ...d, related: [...d.related, asked] })),
    weight: built.model && differingWeight(model, built.model),
  };
}
