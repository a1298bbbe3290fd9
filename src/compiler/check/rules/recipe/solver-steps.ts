/** A second-order solver must have enough steps to be of second order. */
// Tested by test/compiler/check/rules/recipe.test.ts.
import { diagnose, type Diagnostic } from '../../../diagnostics/diagnostic';
import type { SampleSettings } from '../../../recipe/index';
import { solvers } from '../../../programs/samplers/index';
import type { WalkUse } from '../../../programs/walk';
import type { Span } from '../../../source';

export function solverSteps({ solver, steps }: SampleSettings, span: Span): readonly Diagnostic[] {
  if (typeof solver !== 'string') return [];
  const least = solvers[solver].leastSteps;
  return steps < least ? [diagnose('steps-below-order', span, { solver, steps, least, lacks: null })] : [];
}

/** So many steps more than there are show whether a solver of the language lacks some: an order above this is not in use. */
const ahead = 3;

/** The same of a solver of the language; `used` tells what it does in a number of steps. */
export function declaredSteps(
  { name, steps }: { readonly name: string; readonly steps: number },
  used: (steps: number) => WalkUse | null,
  span: Span,
): readonly Diagnostic[] {
  if (steps > ahead) return [];
  const [now, later] = [used(steps), used(steps + ahead)];
  if (!now || !later) return [];
  const lacks = lacking(now, later);
  if (lacks === null) return [];
  const between = [1, 2].find((more) => lacking(used(steps + more) ?? now, later) === null);
  return [diagnose('steps-below-order', span, { solver: name, steps, least: steps + (between ?? ahead), lacks })];
}

/** What a walk never does that one of more steps does. */
function lacking(now: WalkUse, later: WalkUse): string | null {
  const unread = later.read.find((state) => !now.read.includes(state));
  if (unread !== undefined) return `reads the \`${unread.replace('solver.', '')}\` that it keeps`;
  return now.asked < later.asked ? `asks for the velocity ${later.asked} times in a step` : null;
}
