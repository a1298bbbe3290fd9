/** Finds out whether an optimiser keeps its own averages of the weights, which images are drawn with. */
// Tested by test/compiler/lower/optimizer/elaborate.test.ts.
import type { OptimizerDeclaration } from '../../syntax/ast';
import { withBranches } from '../../syntax/statements';

/** The name of such a state. */
export const averageName = 'average';

/** Whether an optimiser keeps the averages that images are drawn with. */
export function keepsAverage({ body }: OptimizerDeclaration): boolean {
  return withBranches(body).some((s) => {
    const isCopy = s.kind === 'input' && s.type.kind === 'named-type' && s.type.name.name === 'copy';
    return isCopy && s.name.name === averageName;
  });
}
