/** The error for a spec that cannot be used, with all its diagnostics. */
// Tested by test/spec/paths.test.ts.
import { WeftError, type Diagnostic } from '../compiler/diagnostics/diagnostic';
import { limited } from '../compiler/diagnostics/limit';
import { renderText } from '../compiler/diagnostics/render';

/** Thrown if a checked spec has errors and one without is needed; the message has the diagnostics as text. */
export class SpecError extends WeftError {
  constructor(readonly diagnostics: readonly Diagnostic[]) {
    super(renderText(limited(diagnostics)).trimEnd());
  }
}
