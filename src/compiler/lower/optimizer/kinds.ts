/** Which weights an optimiser treats alike: its declaration is elaborated once for each kind of weight. */
// Tested by test/compiler/lower/optimizer/elaborate.test.ts.
import { formatShape } from '../../ir/dims';
import type { Variable } from '../../ir/graph';
import type { OptimizerDeclaration } from '../../syntax/ast';

/** The facts besides the weight itself that a declaration can read. */
export interface WeightFacts {
  readonly lookedUp: boolean;
  readonly isSpared: boolean;
}

/** A text that is the same for all weights of a kind: of one shape and role, and of one label if the declaration reads labels. */
export function kindOfWeight(
  { span }: OptimizerDeclaration,
  { shape, leaf }: Variable,
  { lookedUp, isSpared }: WeightFacts,
): string {
  const asksLabel = /\blabel\b/.test(span.source.text.slice(span.start, span.end));
  return asksLabel ? leaf.name : `${formatShape(shape)} ${leaf.role} ${lookedUp} ${isSpared}`;
}
