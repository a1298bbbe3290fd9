/** A second-order solver must have enough steps to be of second order. */
// Tested by test/compiler/check/rules/recipe.test.ts.
import { diagnose, type Diagnostic } from '../../../diagnostics/diagnostic';
import type { SampleSettings } from '../../../recipe/index';
import { solvers } from '../../../programs/samplers/index';
import type { Span } from '../../../source';

export function solverSteps({ solver, steps }: SampleSettings, span: Span): readonly Diagnostic[] {
  if (typeof solver !== 'string') return [];
  const least = solvers[solver].leastSteps;
  return steps < least ? [diagnose('steps-below-order', span, { solver, steps, least })] : [];
}
