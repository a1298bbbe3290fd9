/** A solver of second order has steps enough to be one. */
import { diagnose, type Diagnostic } from '../../../diagnostics/diagnostic';
import type { SampleSettings } from '../../../lower/recipe';
import type { Span } from '../../../source';

/** With fewer, every step is of first order: Euler's. */
const least: { readonly [S in SampleSettings['solver']]: number } = {
  euler: 1,
  heun: 2,
  heun_exact: 2,
  flow_dpm: 2,
  dpm_solver_pp: 3,
};

export function solverSteps({ solver, steps }: SampleSettings, span: Span): readonly Diagnostic[] {
  return steps < least[solver] ? [diagnose('steps-below-order', span, { solver, steps, least: least[solver] })] : [];
}
